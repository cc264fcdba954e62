import type { ServerResponse } from 'node:http';

import type { SimulatedResponse } from './response';

const PAGE =
	'<!DOCTYPE html><html><head><title>Proxy</title></head><body><h1>Not what you asked for</h1></body></html>';

/** Whether the client gets any status. */
export function isAnswered(answer: SimulatedResponse): boolean {
	return answer.delivery !== 'silence' && answer.delivery !== 'reset';
}

/** Sends an answer as its fault requires. Resolves when it is sent, or when the client has disconnected. */
export async function deliverResponse(answer: SimulatedResponse, response: ServerResponse): Promise<void> {
	switch (answer.delivery) {
		case 'silence':
			return;
		case 'reset':
			response.socket?.resetAndDestroy();
			return;
		case 'cut':
			await cut(answer, response);
			return;
		case 'html':
			await whole({ ...answer, body: PAGE, headers: { 'Content-Type': 'text/html' } }, response);
			return;
		case 'whole':
			await whole(answer, response);
	}
}

async function whole(answer: SimulatedResponse, response: ServerResponse): Promise<void> {
	const body = Buffer.from(answer.body);
	await new Promise<void>((resolve) => {
		response.once('close', resolve);
		response.writeHead(answer.status, { ...answer.headers, 'Content-Length': body.length });
		response.end(body, resolve);
	});
}

/** Announces the whole body, sends half, and closes the connection. */
async function cut(answer: SimulatedResponse, response: ServerResponse): Promise<void> {
	const body = Buffer.from(answer.body);
	await new Promise<void>((resolve) => {
		response.once('close', resolve);
		response.writeHead(answer.status, { ...answer.headers, 'Content-Length': body.length });
		response.write(body.subarray(0, Math.floor(body.length / 2)), () => {
			response.socket?.destroy();
			resolve();
		});
	});
}
