// Verify what was sent by the package of Standard Webhooks: `node verify.js SECRET` reads {headers, body} and prints the type of the event.
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const secret = process.argv[2];
const { headers, body } = JSON.parse(readFileSync(0, "utf8"));

const event = new Webhook(secret).verify(body, headers);

console.log(event.type);
