FROM python:3.12-slim

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 \
    ENVIRONMENT=production PORT=8000

RUN useradd --create-home --uid 10001 visant && install -d -o visant -g visant /data
WORKDIR /app

COPY requirements.txt ./
RUN pip install --require-hashes --only-binary :all: -r requirements.txt

COPY alembic.ini server.py version.py ./
COPY alembic alembic
COPY cloud cloud
COPY device device
COPY docs/guide docs/guide
COPY docs/screenshots docs/screenshots

USER visant
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s CMD ["python", "-c", \
    "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/health\", timeout=4)"]

# Mount a volume at /data, or name one (Railway does). exec: the server itself gets the stop signal.
CMD ["sh", "-c", "export VISANT_DATA_DIR=${VISANT_DATA_DIR:-${RAILWAY_VOLUME_MOUNT_PATH:-/data}}; \
     alembic upgrade head && exec python server.py"]
