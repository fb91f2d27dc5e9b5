// A Bluesky PDS and a PLC directory on loopback, until standard input closes.
// Run in the folder that holds node_modules: node serve.cjs <plc port> <pds port> <data folder>
"use strict";

const fs = require("node:fs");
const net = require("node:net");
const path = require("node:path");
const { randomBytes } = require("node:crypto");
const installed = require("node:module").createRequire(path.join(process.cwd(), "x.cjs"));

// Both listen on every interface and can't be told otherwise.
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  return typeof port === "number"
    ? listen.call(this, port, "127.0.0.1", ...rest)
    : listen.call(this, port, ...rest);
};

const [plcPort, pdsPort] = process.argv.slice(2, 4).map(Number);
const data = process.argv[4];

async function main() {
  const { PlcServer, MockDatabase } = installed("@did-plc/server");
  const { PDS, envToCfg, envToSecrets, readEnv } = installed("@atproto/pds");
  const plc = PlcServer.create({ db: new MockDatabase(), port: plcPort });
  await plc.start();
  fs.mkdirSync(path.join(data, "blobs"), { recursive: true });
  Object.assign(process.env, {
    PDS_PORT: String(pdsPort),
    PDS_HOSTNAME: "localhost",
    PDS_DEV_MODE: "true",
    PDS_DATA_DIRECTORY: data,
    PDS_BLOBSTORE_DISK_LOCATION: path.join(data, "blobs"),
    PDS_DID_PLC_URL: `http://127.0.0.1:${plcPort}`,
    PDS_SERVICE_HANDLE_DOMAINS: ".test",
    PDS_INVITE_REQUIRED: "false",
    PDS_RATE_LIMITS_ENABLED: "true",
    PDS_JWT_SECRET: randomBytes(32).toString("hex"),
    PDS_ADMIN_PASSWORD: process.env.PDS_ADMIN_PASSWORD,
    PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: randomBytes(32).toString("hex"),
    PDS_DPOP_SECRET: randomBytes(32).toString("hex"),
    LOG_ENABLED: "false",
  });
  const env = readEnv();
  const pds = await PDS.create(envToCfg(env), envToSecrets(env));
  await pds.start();
  console.log("ready");
}

process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
