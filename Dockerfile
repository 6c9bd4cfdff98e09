# One image for web, worker, migrations and backups. Everything comes from the lock file, nothing runs as root.
FROM python:3.11-slim-trixie AS build
WORKDIR /app
COPY requirements.lock pyproject.toml README.md ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY audio audio
COPY callflows callflows
COPY ivr ivr
COPY worker worker
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim-trixie
# pg_dump for `ivr backup`: it may not be older than the server.
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 postventa \
    && useradd --system --uid 10001 --gid 10001 --home-dir /app postventa \
    && install -d -o postventa -g postventa /app/var /backups
WORKDIR /app
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 IVR_HOST=0.0.0.0
USER postventa
EXPOSE 8000
CMD ["ivr", "serve"]
