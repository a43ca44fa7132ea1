// Try clients that npm carries: `node run_node.js ADDRESS LOSING-ADDRESS TOKEN IMAGE`. It prints a line of JSON for each try.
import { createReadStream, readFileSync } from "node:fs";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { DallEAPIWrapper } from "@langchain/openai";
import { generateImage } from "ai";
import OpenAI, { toFile } from "openai";

const MODEL = "gpt-image-2.5-flare";
const [url, losing, token, image] = process.argv.slice(2);
const kind = (text) => Buffer.from(text, "base64").subarray(1, 4).toString();
const client = new OpenAI({ baseURL: url, apiKey: token });
const openai = createOpenAI({ baseURL: url, apiKey: token });
const low = { providerOptions: { openai: { quality: "low" } } };

const tries = {
  async openai_generate() {
    const made = await client.images.generate({ model: MODEL, prompt: "node openai", quality: "low" });
    return kind(made.data[0].b64_json);
  },
  async openai_edit() {
    const file = await toFile(createReadStream(image), "cat.png", { type: "image/png" });
    const made = await client.images.edit({ model: MODEL, image: file, prompt: "node edit", quality: "low" });
    return kind(made.data[0].b64_json);
  },
  async openai_stream() {
    const events = await client.images.generate({
      model: MODEL,
      prompt: "node stream",
      quality: "low",
      stream: true,
      partial_images: 1,
    });
    let last = "";
    for await (const event of events) last = event.type;
    return last;
  },
  async ai_generate() {
    const made = await generateImage({ model: openai.image(MODEL), prompt: "ai", size: "1024x1024", ...low });
    return kind(made.image.base64);
  },
  async ai_edit() {
    const prompt = { text: "ai edit", images: [readFileSync(image)] };
    const made = await generateImage({ model: openai.image(MODEL), prompt, ...low });
    return kind(made.image.base64);
  },
  async ai_retry() {
    const lossy = createOpenAI({ baseURL: losing, apiKey: token });
    const made = await generateImage({ model: lossy.image(MODEL), prompt: "ai retry", ...low });
    return kind(made.image.base64);
  },
  async ai_compatible() {
    const provider = createOpenAICompatible({ name: "createio", baseURL: url, apiKey: token });
    const made = await generateImage({ model: provider.imageModel(MODEL), prompt: "ai compatible" });
    return kind(made.image.base64);
  },
  async langchain() {
    const tool = new DallEAPIWrapper({ baseUrl: url, apiKey: token, model: MODEL });
    return new URL(await tool.invoke("langchain js")).pathname.slice(0, 11);
  },
};

for (const [name, attempt] of Object.entries(tries)) {
  const told = { name };
  try {
    told.result = await attempt();
  } catch (error) {
    told.error = `${error.name}: ${error.message}`.slice(0, 500);
  }
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
