import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { loadExample, items } from './exampleWorkflows';
import { useRealN8n } from '../harness/useRealN8n';

const n8n = useRealN8n();

/** A carrier that does what each test says, and remembers what it was asked. */
let carrier: Server;
let requests: { key: string | undefined; order: string }[] = [];
let answer: (response: ServerResponse) => void;

const accepts = (response: ServerResponse) =>
	response.writeHead(200, { 'content-type': 'application/json' }).end('{"label": "L-1", "secret": "s"}');
const refuses = (response: ServerResponse) =>
	response.writeHead(422, { 'content-type': 'application/json' }).end('{"message": "too heavy"}');
const breaksOff = (response: ServerResponse) => response.destroy();

beforeAll(async () => {
	carrier = createServer((incoming, response) => {
		void orderIn(incoming).then((order) => {
			requests.push({ key: incoming.headers['idempotency-key'] as string | undefined, order });
			answer(response);
		});
	});
	await new Promise<void>((resolve) => carrier.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
	requests = [];
});
afterAll(() => new Promise((resolve) => carrier.close(resolve)));

async function orderIn(incoming: IncomingMessage): Promise<string> {
	let text = '';
	for await (const piece of incoming.setEncoding('utf8')) text += piece as string;
	return (JSON.parse(text) as { order: string }).order;
}

async function workflow(order: string): Promise<string> {
	const { port } = carrier.address() as AddressInfo;
	const { id } = await n8n().api.importWorkflow(
		loadExample('any-api-once', {
			'Ask the Carrier': { url: `http://127.0.0.1:${port}/v1/shipments` },
			Orders: { jsonOutput: JSON.stringify({ order_number: order, weight_g: 1200 }) },
		}),
	);
	return id;
}

const run = (id: string) => n8n().api.runByHand(id, 'Try It Manually');

it('an API other than Stripe is called once, and its response is returned in the next run', async () => {
	answer = accepts;
	const id = await workflow('SO-1');
	const first = await run(id);
	expect(items(first, 'Has a Label')).toHaveLength(1);
	const second = await run(id);
	expect(items(second, 'Has a Label')).toMatchObject([{ answer: { label: 'L-1' } }]);
	expect(requests).toHaveLength(1);
	expect(requests[0]?.key).toMatch(/^n8n_v1_/);
});

it('a definite rejection is stored, and the API is not called again automatically', async () => {
	answer = refuses;
	const id = await workflow('SO-2');
	const first = await run(id);
	expect(first.runs('Reject')).toHaveLength(1);
	expect(items(first, 'Reject')).toMatchObject([{ idempotency: { state: 'rejected' } }]);
	expect(requests).toHaveLength(1);
});

it('a lost response leaves the claim open: it is not repeated blindly', async () => {
	answer = breaksOff;
	const id = await workflow('SO-3');
	expect((await run(id)).runs('Not Known Yet')).toHaveLength(1);
	answer = accepts;
	const changed = loadExample('any-api-once').nodes.find(({ name }) => name === 'Claim');
	expect(changed).toBeDefined();
	const before = requests.length;
	await n8n().api.changeWorkflow(
		id,
		loadExample('any-api-once', {
			Claim: { options: { waitForBusySeconds: 0 } },
			Orders: { jsonOutput: JSON.stringify({ order_number: 'SO-3', weight_g: 1200 }) },
		}),
	);
	const second = await run(id);
	expect(second.runs('Ask Somebody')).toHaveLength(1);
	expect(requests).toHaveLength(before);
});
