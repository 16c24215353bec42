#!/bin/sh
# Debian's Chromium for the tests of the page, where it is missing and may be installed: by root, with apt.
# Elsewhere those tests are skipped and say so.
command -v chromium >/dev/null 2>&1 && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "There is no chromium: the page's tests in a browser are skipped. On Debian: apt-get install chromium."
  exit 0
fi
echo "Installing Chromium for the page's tests ..."
export DEBIAN_FRONTEND=noninteractive
log=.pmr/chromium.log
{ apt-get update && apt-get install -y --no-install-recommends chromium; } >"$log" 2>&1 ||
  echo "It could not be installed (see $log): the page's tests in a browser are skipped."
