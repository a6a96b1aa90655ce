"""A size limit for uploads by anyone, signed in or not."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class MaxSizeUploadHandler(FileUploadHandler):
    """Reject a request of more than UPLOAD_MAX_SIZE bytes before storing any of it."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, *args: Any
    ) -> None:
        if content_length > settings.UPLOAD_MAX_SIZE:
            raise RequestDataTooBig("The upload is larger than UPLOAD_MAX_SIZE.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data  # stored by the next handler

    def file_complete(self, file_size: int) -> None:
        return None
