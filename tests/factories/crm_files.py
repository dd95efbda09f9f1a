"""File upload form of the import page."""

from base64 import b64encode

from tests.factories.crm_pages import PageClient
from tests.fixtures.functions import Answer, http_event

_BOUNDARY = "----formboundary"


def send_file(
    page_client: PageClient, content: bytes, name: str = "people.csv", *, passphrase: str = ""
) -> Answer:
    """Upload a file on the import page."""
    head = "Content-Disposition: form-data; name="
    body = (
        f'--{_BOUNDARY}\r\n{head}"file"; filename="{name}"\r\n\r\n'.encode()
        + content
        + f'\r\n--{_BOUNDARY}\r\n{head}"exportPassphrase"\r\n\r\n{passphrase}'.encode()
        + f"\r\n--{_BOUNDARY}--\r\n".encode()
    )
    web = page_client.user.http
    headers = {
        "host": "hellomahi.test",
        "accept": "text/html",
        "content-type": f"multipart/form-data; boundary={_BOUNDARY}",
        "sec-fetch-site": "same-origin",
        "authorization": f"Bearer {web.token}",
    }
    event = http_event("POST", f"{page_client.base_path}/import", headers, web.cookies, "", web.ip)
    event |= {"body": b64encode(body).decode(), "isBase64Encoded": True}
    return web._read(web._call("CrmWeb", event))
