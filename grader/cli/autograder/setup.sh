#!/usr/bin/env bash
# Gradescope runs this once, when the image is built: Python, our packages, and what the sandbox
# and the PDF need. The versions are those of the grader that made this zip.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
source_folder=${AUTOGRADER:-/autograder}/source

apt-get update
apt-get install --yes --no-install-recommends \
    ca-certificates bubblewrap libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0

# The newest Python that this release has and that the grader runs on.
python=
for version in 3.14 3.13 3.12 3.11; do
    if apt-get install --yes --no-install-recommends "python$version" "python$version-venv"; then
        python=python$version
        break
    fi
done
if [ -z "$python" ]; then
    echo "No Python 3.11 or newer in this image: choose a newer base image in Gradescope." >&2
    exit 1
fi

"$python" -m venv /opt/grader
torch_index="@TORCH_INDEX@"
if [ -n "$torch_index" ]; then # its wheels may be 4 GB smaller; nothing else is taken from there
    /opt/grader/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
        --no-deps --index-url "$torch_index" --requirement "$source_folder/torch.txt"
fi
/opt/grader/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
    --requirement "$source_folder/requirements.txt"

# Beside the packages, not among them: a student's code may import those, and must not see ours.
mkdir -p /opt/project
cp -r "$source_folder/packages/." /opt/project/
echo /opt/project > "$(/opt/grader/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/project.pth"

# The float networks' figures are the same for everybody: compute them now, not at each submission.
mkdir -p /var/cache/grader
export GRADER_CACHE=/var/cache/grader
if [ "@FETCH_DATA@" = yes ]; then
    /opt/grader/bin/python -m grader.cli data fetch /opt/data --edition "@EDITION@"
fi
/opt/grader/bin/python -m grader.cli gradescope prepare --edition "@EDITION@" @DATA@
