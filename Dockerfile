# One image for all roles; what a container does is MIO_PROCESS. Everything else comes as settings (README).
FROM python:3.13-slim AS build
COPY requirements.lock .
RUN python -m venv /opt/mio \
    && /opt/mio/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home mio && mkdir /data && chown mio /data
COPY --from=build /opt/mio /opt/mio
COPY . /opt/mio/app
ENV PATH=/opt/mio/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MIO_BIND=0.0.0.0:8080 MIO_DATA_DIR=/data
USER mio
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["python", "/opt/mio/app/app.py"]
CMD ["run", "--no-sandbox"]
