# One image for web, worker and migrations. Everything comes from the lock file, nothing runs as root.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements.lock pyproject.toml README.md ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY audio audio
COPY callflows callflows
COPY ivr ivr
COPY worker worker
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /app postventa && mkdir -p /app/var && chown postventa /app/var
WORKDIR /app
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 IVR_HOST=0.0.0.0
USER postventa
EXPOSE 8000
CMD ["ivr", "serve"]
