"""A notebook and a script in a zip, handed in as one file."""

from __future__ import annotations

import io
import zipfile

from api.kit.models import Submission, User, now
from api.kit.services import Services
from api.submissions.runs import accept
from api.submissions.uploads import Received
from tests.api.notebooks.hostile import hostile
from tests.api.people import EDITION, principal_of

SCRIPT = b"def helper():\n    return 7\n"


def zipped(**files: bytes) -> bytes:
    """Return a zip of these files; ``__`` in a name stands for a dot."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "."), data)
    return target.getvalue()


WORK = zipped(helper__py=SCRIPT, hw1__ipynb=hostile(), notes__txt=b"hidden words")


def hand_in(services: Services, user: User, data: bytes, name: str = "hw1.zip") -> Submission:
    """Return a submission whose only file is an archive."""
    assert user.student_id is not None
    file = Received(name=name, blob=services.blobs.put(io.BytesIO(data)))
    with services.sessions.begin() as session:
        return accept(
            services,
            session,
            edition=EDITION,
            student_id=user.student_id,
            principal=principal_of(user),
            files=[file],
            now=now(),
        )
