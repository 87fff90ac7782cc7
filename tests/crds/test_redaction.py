"""Secrets are masked wherever they stand, and ordinary text is left as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crds.redaction import MASK, redact

LETTERS = st.characters(min_codepoint=48, max_codepoint=122, categories=("Lu", "Ll", "Nd"))


def of(letters: st.SearchStrategy[str], least: int, most: int) -> st.SearchStrategy[str]:
    """Texts of these letters."""
    return st.text(letters, min_size=least, max_size=most)


SECRETS = st.one_of(
    st.builds("gh{}_{}".format, st.sampled_from("oprsu"), of(LETTERS, 16, 40)),
    st.builds("github_pat_{}".format, of(LETTERS, 20, 80)),
    st.builds("sk-ant-api03-{}".format, of(LETTERS, 10, 90)),
    st.builds("sk-proj-{}".format, of(LETTERS, 32, 60)),
    st.builds("xox{}-{}".format, st.sampled_from("abeoprs"), of(LETTERS, 10, 40)),
    st.builds("AKIA{}".format, of(st.sampled_from("ABCDEFGHIJKLMNOP234567"), 16, 16)),
    st.builds("AIza{}".format, of(LETTERS, 35, 35)),
    st.builds("glpat-{}".format, of(LETTERS, 16, 30)),
    st.builds("hf_{}".format, of(LETTERS, 30, 40)),
    st.builds("eyJ{}.eyJ{}.{}".format, of(LETTERS, 8, 30), of(LETTERS, 8, 90), of(LETTERS, 1, 60)),
)
PLACES = st.sampled_from(
    ["{}", "token: {}", "`{}`", "https://x-access-token:{}@github.com/a/b", "https://{}@github.com/a/b",
     "Authorization: Bearer {}", '{{"key": "{}"}}', "a\n{}\nb", "KEY={} make", "({})"]
)  # fmt: skip


@given(SECRETS, PLACES)
def test_a_secret_is_masked_wherever_it_stands(secret: str, place: str) -> None:
    masked = redact(place.format(secret))
    assert secret not in masked
    assert secret[:24] not in masked
    assert MASK in masked


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\ncut off in the mid",
        "https://user:pa55word@example.com",
        "Authorization: Basic dXNlcjpwYXNzd29yZA==",
        "authorization: bearer 0123456789abcdef",
    ],
)
def test_other_shapes_of_secrets(text: str) -> None:
    masked = redact(text)
    assert MASK in masked
    for part in ("MIIEow", "cut off", "pa55word", "dXNlcjpwYXNzd29yZA", "0123456789abcdef"):
        assert part not in masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Use bearer authentication here; basic authentication is gone.",
        "See https://github.com/acme/shop/issues/1 and mail ada@example.com",
        "git clone https://github.com/acme/shop.git",
        "ssh://git@github.com/acme/shop",
        "def sk_test(gho): return eyJ + 'ghp_'",
        "commit 0123456789abcdef0123456789abcdef01234567",
        "sk-learn, xoxo, AKIA, hf_hub",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "data:image/png;base64,iVBORw0KGgo=",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("password=hunter2", "password=[redacted]"),
        ("passwd: s3cr3t-9.", "passwd: [redacted]."),
        ("The staging password: Tr0ub4dor&3, as ever", "The staging password: [redacted], as ever"),
        ("DB_PASSWORD=letmein make", "DB_PASSWORD=[redacted] make"),
        ("password = 'p#ssword'", "password = '[redacted]'"),
        ("password: 20240117", "password: [redacted]"),
        ('{"api_key": "0a1b2c3d4e"}', '{"api_key": "[redacted]"}'),
        (r"{\"password\": \"hunter2\", \"user\": 1}", r"{\"password\": \"[redacted]\", \"user\": 1}"),
        ("client_secret=0a1b2c3d&user=ada", "client_secret=[redacted]&user=ada"),
        ("(secret=0a1b2c3d)", "(secret=[redacted])"),
        ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPx", "aws_secret_access_key = [redacted]"),
        ("token: 0a1b2c3d4e5f6a7b", "token: [redacted]"),
        ("'password': 'hunter2 cut", "'password': 'hunter2 cut"),
        ("'password': 'hunter2", "'password': '[redacted]"),
        ('curl -H "Authorization: Bearer abcDEFghiJKL"', 'curl -H "Authorization: Bearer [redacted]"'),
        ('{"Authorization": "Basic dXNlcjpwYXNz"}', '{"Authorization": "Basic [redacted]"}'),
        ("redis://:hunter2@cache:6379/0", "redis://[redacted]@cache:6379/0"),
        ("postgres://ada:p@ssw0rd@db/shop", "postgres://[redacted]@db/shop"),
    ],
)
def test_a_value_is_masked_by_the_name_before_it(text: str, masked: str) -> None:
    assert redact(text) == masked
    assert redact(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "password=None",
        "password: str",
        "def login(user: str, password: str = DEFAULT) -> None:",
        'password=os.environ["DB_PASSWORD"]',
        "password=password",
        "connect(password=settings.v2.password)",
        "password=db_password2",
        "password=get_password2()",
        "-    password: Optional[str] = None",
        "+    token: uint64",
        "api_key = f'{prefix}-{number}1'",
        "PASSWORD=$DB_PASSWORD_2 make",
        "API_KEY=YOUR_API_KEY",
        "password: ${{ secrets.PASSWORD_1 }}",
        "secret: /var/run/secrets/1/token",
        "if password == 'hunter': raise",
        'password: "must be at least 8 characters"',
        "Wrong password: required!",
        "max_token: 4096, tokens=120000",
        "secretName: my-secret-1",
        "Authorization: Bearer <token>",
        "Authorization: Bearer authentication is gone",
        "Authorization: Bearer YOUR_TOKEN",
        "http://localhost:8080/a@b",
    ],
)
def test_code_and_prose_about_secrets_stay(text: str) -> None:
    assert redact(text) == text


@given(st.text())
def test_any_text_is_taken_and_masking_twice_is_masking_once(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    "part",
    [
        *("eyJ", "eyJaaaaaaaa.", "-----BEGIN ", "://a:", "://", "bearer ", "xoxb-", "sk-", "ghp_a"),
        *("password=", 'password = "', "password='", "PASSWORD_", "_", "token:", "password=a&", "password=f(", "&"),
        *("authorization: bearer ", "Authorization: Basic a", "secret: \\", "passwordpassword", "@", "://:@", "1!"),
    ],
)
def test_a_text_made_to_be_slow_is_not(part: str) -> None:
    # Were a pattern quadratic, this would take minutes.
    assert redact(part * (200_000 // len(part)))
    assert redact("password=" + part * (200_000 // len(part)))
