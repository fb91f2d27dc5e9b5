"""The text that goes with an export, so that the folder explains itself."""

from __future__ import annotations

MORE_FILES = {
    "sv": """\
  tidslinje.xlsx  samma poster i klartext, med datum som Excel kan räkna med, och nyckeltal.
  tidslinje.csv   samma poster i klartext, för andra kalkylprogram.
  rapport.pdf     det som hände, att läsa och skriva ut. Nyckeltalen är bifogade i filen.
  bilder.zip      textkorten och de egna bilderna, med bilder.csv som säger vilka de är. Filen finns
                  bara om det finns bilder, och aldrig i en kopia som är maskerad.
  site/           händelsens sida på webbplatsen, en fil för varje ändring, tecken för tecken som
                  den visades, utan färg och form. Filens namn säger från när, i UTC. sidor.csv
                  listar dem. Kontrollsumman (SHA-256) står i tidslinjen: site:pages:served.
""",
    "en": """\
  tidslinje.xlsx  the same entries in plain Swedish, with real dates, and the figures.
  tidslinje.csv   the same entries in plain Swedish, for other spreadsheets.
  rapport.pdf     what happened, to read and print. The figures are attached to the file.
  bilder.zip      the text cards and the pictures put in, with bilder.csv that says which they are.
                  Only there if there are pictures, and never in a masked copy.
  site/           the event's page on the public site, a file for each change, byte for byte as it
                  was served, without its style. The file's name says from when, in UTC. sidor.csv
                  lists them. Each checksum (SHA-256) stands in the timeline too: site:pages:served.
""",
}
"""What an export from the console holds beside the chain."""
MASKED = {
    "sv": """
Det här är en maskerad kopia för att lämnas ut. Fält med personuppgifter är utelämnade, och
likaså poster som nämner någon i konsolens personregister, poster med skäl, källor och annan fri
text som inte publicerades, och allt som ser ut som ett personnummer, ett telefonnummer eller en
e-postadress, utom kommunens egna. Personer står med sin roll, i kedjan med ett nummer. Texter
som publicerades kan ändå nämna en person: läs igenom innan du lämnar ut.
""",
    "en": """
This is a masked copy for handing out. Fields of personal data are left out, and so are
entries that mention somebody in the console's register of people, entries with reasons, sources
and other free text that wasn't published, and whatever looks like a personal identity number, a
telephone number or an e-mail address, except the municipality's own. People stand as their role,
and in the chain as a number. Texts that were published may still name a person: read them through
before handing them out.
""",
}

README_TEXT = """\
TIDSLINJE UR BUDKAVLE
=====================

Den här mappen är ett utdrag ur kommunens tidslinje: vad som hände, när, och vem som
gjorde det. Posterna sitter ihop i en kedja. Ändrar, tar bort eller flyttar någon en
post så stämmer inte kedjan längre, och det kan vem som helst kontrollera.

Omfattning: {scope_sv}
Poster: {first}–{last}. Kedjan följer med till post {head_n}, som är signerad.
Nyckelns fingeravtryck: {fingerprint}
Jämför fingeravtrycket med det som kommunen själv anger. Annars vet du bara att mappen
är hel, inte att den kommer från kommunen.

Filer
  timeline.jsonl  en post per rad. Det är den här filen som gäller.
  timeline.csv    samma poster för Excel. Tiderna är UTC.
  head.json       kedjans slut, signaturen och den öppna nyckeln.
  manifest.json   alla filer med storlek och SHA-256, signerat med samma nyckel.
{more_sv}
En post som inte visas ("withheld") står kvar med sitt kontrollvärde och ett skäl:
den hör inte till händelsen, är maskerad eller är gallrad.
{masked_sv}
Kontrollera
  budkavle verify MAPP --fingerprint {fingerprint}

Utan Budkavle: se "Check it yourself" nedan. Det räcker med openssl och Python 3.


A TIMELINE FROM BUDKAVLE
========================

This folder is an extract of the municipality's timeline: what happened, when, and who
did it. The entries form a chain. If anybody changes, removes or moves an entry, the
chain no longer fits, and anyone can check that.

Scope: {scope_en}
Entries: {first}–{last}. The chain goes on to entry {head_n}, which is signed.
Key fingerprint: {fingerprint}
Compare the fingerprint with the one the municipality states. Otherwise you only know
that the folder is whole, not that it comes from the municipality.

Files
  timeline.jsonl  one entry per line. This is the file that counts.
  timeline.csv    the same entries for a spreadsheet. Times are UTC.
  head.json       the end of the chain, the signature and the public key.
  manifest.json   every file with its size and SHA-256, signed with the same key.
{more_en}
An entry that isn't shown ("withheld") stands there with its digest and a reason: it
doesn't belong to the event, is masked, or has been disposed of.
{masked_en}
How it fits together (‖ joins bytes; hex in the files stands for bytes)
  body_digest = SHA-256(salt ‖ body)               body is UTF-8 text, exactly as written
  entry_hash  = SHA-256(previous entry_hash ‖ n ‖ body_digest)     n is 8 bytes, big-endian
  The entry_hash before the first line is "prev" in manifest.json.
  Personal text stands beside the body, which holds SHA-256(salt ‖ text) of each field.
  The last entry_hash is signed with Ed25519, as the "text" in head.json.

With Budkavle
  budkavle verify FOLDER --fingerprint {fingerprint}

Check it yourself
  Save what stands between the lines of dashes as check.py outside this folder, run it with
  Python 3 inside this folder, and then run the commands below.

----------------------------------------------------------------------
import hashlib, json, pathlib, sys
sha = lambda b: hashlib.sha256(b).digest()
head = json.load(open("head.json", encoding="utf-8"))
manifest = json.load(open("manifest.json", encoding="utf-8"))
for name, file in manifest["files"].items():
    if sha(pathlib.Path(name).read_bytes()).hex() != file["sha256"]:
        sys.exit(f"{{name}} has been changed")
n, prev = manifest["range"]["from"], bytes.fromhex(manifest["range"]["prev"])
for line in open("timeline.jsonl", encoding="utf-8", newline="\\n"):
    entry = json.loads(line)
    digest = bytes.fromhex(entry["body_digest"])
    if "body" in entry:
        ok = sha(bytes.fromhex(entry["salt"]) + entry["body"].encode()) == digest
        stated = json.loads(entry["body"])["personal"]
        for p in entry["personal"]:
            if "text" in p:
                found = sha(bytes.fromhex(p["salt"]) + p["text"].encode()).hex()
                ok = ok and found == stated[p["field"]]
        if not ok:
            sys.exit(f"entry {{n}}: the text has been changed")
    prev = sha(prev + n.to_bytes(8, "big") + digest)
    if entry["n"] != n or entry["entry_hash"] != prev.hex():
        sys.exit(f"entry {{n}} doesn't follow from the one before")
    n += 1
if head["text"] != f"budkavle-head-1\\n{{n - 1}}\\n{{prev.hex()}}\\n":
    sys.exit("the chain doesn't end as it was signed")
out = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "..")
signature = manifest.pop("signature")
signed = json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
(out / "key.pem").write_bytes(head["public_key"].encode())
(out / "head.txt").write_bytes(head["text"].encode())
(out / "head.sig").write_bytes(bytes.fromhex(head["signature"]))
(out / "manifest.txt").write_bytes(signed.encode())
(out / "manifest.sig").write_bytes(bytes.fromhex(signature))
print("the chain holds; now check the signatures in", out.resolve())
----------------------------------------------------------------------

  In the folder above, where check.py wrote five small files:

  openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in head.txt -sigfile head.sig
  openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in manifest.txt -sigfile manifest.sig
  openssl pkey -pubin -in key.pem -outform DER | sha256sum

  The first two say "Signature Verified Successfully". The third prints the fingerprint.
"""
