"""Authentication: passwords, django-allauth, second factors."""

from config.settings.base import SECURE, SITE_NAME

AUTH_USER_MODEL = "accounts.User"
# It handles permissions, too.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
# Scrypt is memory-hard, and takes a quarter of PBKDF2's time.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "studio"
LOGOUT_REDIRECT_URL = "landing"
# A local demo has nothing to protect.
OPERATORS_NEED_MFA = SECURE
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_ADAPTER = "accounts.auth.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_FORMS = {"signup": "accounts.auth.sign_up.SignUpForm"}
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 600
ACCOUNT_PREVENT_ENUMERATION = True
# Limits that are not named stay allauth's; each code allows 3 guesses.
ACCOUNT_RATE_LIMITS = {
    "passkey_challenge": "30/m/ip",
    "leak_report": "10/m/ip",
    "reset_password": "20/m/ip,5/h/key",
    "request_login_code": "20/m/ip,3/m/key,6/h/key",
    "confirm_email": "1/10s/key,6/h/key",
    "reauthenticate": "10/m/user,40/h/user",
    "proof_code": "3/m/user,6/h/user",
    # The form asks for the old password.
    "change_password": "5/m/user,20/h/user",
}
# Seconds for which fresh proof lasts; see accounts.auth.reauthentication.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
MFA_ADAPTER = "accounts.auth.mfa.MFAAdapter"
MFA_FORMS = {
    "add_webauthn": "accounts.auth.passkey_forms.AddForm",
    "signup_webauthn": "accounts.auth.passkey_forms.SignUpForm",
    "authenticate_webauthn": "accounts.auth.passkey_forms.AuthenticateForm",
    "login_webauthn": "accounts.auth.passkey_forms.LoginForm",
    "reauthenticate_webauthn": "accounts.auth.passkey_forms.ReauthenticateForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE
# allauth would write at every request; accounts.sessions.activity writes every few minutes.
USERSESSIONS_TRACK_ACTIVITY = False
