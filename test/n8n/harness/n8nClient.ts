/** An error answer of n8n. */
class N8nRefusal extends Error {
	constructor(
		request: string,
		readonly status: number,
		readonly body: string,
	) {
		super(`n8n answered ${request} with ${status}: ${body}`);
	}
}

/** Timeout in ms, for the slowest request: a retry is answered when the execution has ended. */
const PATIENCE = 120_000;

/** An HTTP client that acts like one browser: the same id and the same cookie in every request. */
export class N8nClient {
	private cookie = '';

	constructor(private readonly url: string) {}

	/** Returns the data of n8n's answer. @throws N8nRefusal */
	async request(method: string, path: string, body?: unknown): Promise<unknown> {
		const answer = await fetch(`${this.url}/rest${path}`, {
			method,
			headers: {
				'browser-id': 'tests',
				cookie: this.cookie,
				...(body !== undefined && { 'content-type': 'application/json' }),
			},
			...(body !== undefined && { body: JSON.stringify(body) }),
			signal: AbortSignal.timeout(PATIENCE),
		});
		const text = await answer.text();
		if (!answer.ok) throw new N8nRefusal(`${method} /rest${path}`, answer.status, text);
		const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
		if (cookies.length > 0) this.cookie = cookies.join('; ');
		return text === '' ? undefined : (JSON.parse(text) as { data: unknown }).data;
	}
}
