// Exit 0 when the app answers.
const response = await fetch(`http://127.0.0.1:${process.env.PORT ?? 8080}/`).catch(() => undefined);
process.exit(response?.ok ? 0 : 1);
