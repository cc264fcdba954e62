import type { IncomingMessage, ServerResponse } from 'node:http';

import { readBody } from './arrival';
import type { Fault, FaultMatch } from './fault';
import type { MoneyReport } from './money';
import type { Mode, RecordedRequest } from './request';

export const HELP = `Stripe simulator. Use this address as Stripe's, with any key like sk_test_123.
A restricted key names what it may do: rk_test_may__payment_intent_write__customer_read

  GET    /_simulator/report                what really happened to money (?account=acct_…&mode=test for one world)
  GET    /_simulator/requests              every request received
  POST   /_simulator/faults                {"kind":"resetAfter","times":1,"match":{"path":"/v1/payment_intents"}}
                                           a path between slashes is a pattern: "/confirm$/"; times may be "Infinity"
  DELETE /_simulator/faults                no more faults
  POST   /_simulator/declines              {"id":"cus_…","decline":true}: this customer or payment method has no money
  POST   /_simulator/payout                Stripe pays out by itself what has come in
  POST   /_simulator/clock                 {"advanceMs":86400000}: a day later
  POST   /_simulator/reset                 forget everything
`;

/** The parts of the simulator that can be controlled. */
interface Steered {
	readonly requests: readonly RecordedRequest[];
	report(): MoneyReport;
	ledgerOf(account?: string, mode?: Mode): MoneyReport;
	inject(fault: Fault): void;
	clearFaults(): void;
	payOut(): void;
	setDeclines(customerOrPaymentMethodId: string, decline: boolean): void;
	advance(ms: number): void;
	reset(): void;
}

type Body = Record<string, unknown>;
type Control = (simulator: Steered, body: Body, query: URLSearchParams) => unknown;

const CONTROLS: Readonly<Record<string, Control>> = {
	'GET /': () => HELP,
	'GET /_simulator/report': (simulator, _body, query) => {
		const account = query.get('account') ?? undefined;
		const mode = query.get('mode');
		if (account === undefined && mode === null) return simulator.report();
		return simulator.ledgerOf(account, modeOf(mode));
	},
	'GET /_simulator/requests': (simulator) =>
		simulator.requests.map((request) => ({
			...request,
			headers: { ...request.headers, authorization: '(hidden)' },
		})),
	'POST /_simulator/faults': (simulator, body) => simulator.inject(faultFrom(body)),
	'DELETE /_simulator/faults': (simulator) => simulator.clearFaults(),
	'POST /_simulator/declines': (simulator, { id, decline }) => {
		if (typeof id !== 'string') throw new RangeError('id must be a customer or a payment method');
		simulator.setDeclines(id, decline !== false);
	},
	'POST /_simulator/payout': (simulator) => simulator.payOut(),
	'POST /_simulator/clock': (simulator, { advanceMs }) => simulator.advance(Number(advanceMs)),
	'POST /_simulator/reset': (simulator) => simulator.reset(),
};

/** Whether a request controls the simulator. Such requests are not Stripe's and are not recorded. */
export function isControl(incoming: IncomingMessage): boolean {
	const path = pathOf(incoming);
	return path === '/' || path.startsWith('/_simulator/');
}

/** Offers the methods of the class over HTTP, for people and for other processes. */
export async function control(
	simulator: Steered,
	incoming: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	const url = new URL(incoming.url ?? '/', 'http://simulator');
	const act = new Map(Object.entries(CONTROLS)).get(`${incoming.method ?? ''} ${url.pathname}`);
	try {
		if (act === undefined) throw new RangeError(`No such control.\n\n${HELP}`);
		const text = await readBody(incoming);
		const body = text === '' ? {} : (JSON.parse(text) as Body);
		const result = act(simulator, body, url.searchParams);
		if (typeof result === 'string') plain(response, 200, result);
		else json(response, result ?? { ok: true });
	} catch (error) {
		plain(
			response,
			act === undefined ? 404 : 400,
			`${error instanceof Error ? error.message : String(error)}\n`,
		);
	}
}

/** JSON has neither patterns nor Infinity, so both are sent as text. */
function faultFrom(body: Body): Fault {
	const fault = { ...body } as unknown as Fault & { times?: number | 'Infinity' };
	if (typeof body.match === 'object' && body.match !== null) fault.match = matchFrom(body.match as Body);
	if (body.times === 'Infinity') fault.times = Infinity;
	return fault;
}

function matchFrom(body: Body): FaultMatch {
	const path = body.path;
	const pattern = typeof path === 'string' ? /^\/(.+)\/$/.exec(path)?.[1] : undefined;
	return pattern === undefined ? body : { ...body, path: new RegExp(pattern) };
}

function modeOf(text: string | null): Mode {
	return text === 'live' ? 'live' : 'test';
}

function pathOf(incoming: IncomingMessage): string {
	return new URL(incoming.url ?? '/', 'http://simulator').pathname;
}

function json(response: ServerResponse, value: unknown): void {
	response.writeHead(200, { 'Content-Type': 'application/json' });
	response.end(JSON.stringify(value, null, 2));
}

function plain(response: ServerResponse, status: number, text: string): void {
	response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
	response.end(text);
}
