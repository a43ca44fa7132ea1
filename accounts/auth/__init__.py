"""Sign-up, sign-in, reauthentication, and changes of the account's e-mail address."""
