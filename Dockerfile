# One image for every process; docker-compose.yml says which is which.

FROM node:20-slim AS browser
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY requirements/run.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/run.txt
COPY . .
COPY --from=browser /app/node_modules node_modules
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
    && python -m console.web.assets \
    && pybabel compile -d console/translations \
    && rm -rf node_modules \
    && useradd --system --uid 1000 budkavle \
    && install -d -o budkavle -m 700 /var/lib/budkavle
USER budkavle
ENV BUDKAVLE_HOME=/var/lib/budkavle BUDKAVLE_BIND=0.0.0.0
VOLUME /var/lib/budkavle
CMD ["budkavle", "up"]
