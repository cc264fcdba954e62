import http from 'node:http';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';

import { INTENT } from './responses';
import { CERTIFIED_HOST, selfSigned } from './certificate';
import { ConnectProxy } from './connectProxy';
import { useStoppables } from './stopAfterEach';
import { connectTo, sendPayment } from './sending';
import type { WireServer } from './wireServer';
import { replyWith } from './wireServer';

const FOREIGN = `https://${CERTIFIED_HOST}`;
const ok = replyWith(200, INTENT);

/** Every name under which a proxy may be set. */
const PROXY_NAME = /^(?:https?_|all_|no_)?proxy$/i;
const environment = { ...process.env };
const { keep, serve, closedPort } = useStoppables();

function forget(): void {
	for (const name of Object.keys(process.env))
		if (PROXY_NAME.test(name)) Reflect.deleteProperty(process.env, name);
}

beforeEach(forget);
afterAll(() => {
	forget();
	for (const [name, value] of Object.entries(environment))
		if (PROXY_NAME.test(name)) process.env[name] = value;
});

const proxyTo = async (target: number | string) => keep(await ConnectProxy.start(target));

const REFUSED = 'HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno';

const certificate = selfSigned();
(certificate ? describe : describe.skip)('a proxy that leads to Stripe', () => {
	const trusted = tls.getCACertificates('default');
	let server: WireServer;
	let proxy: ConnectProxy;
	beforeEach(async () => {
		tls.setDefaultCACertificates([certificate?.cert ?? '']);
		server = await serve(ok, certificate);
		proxy = await proxyTo(server.port);
	});
	afterEach(() => tls.setDefaultCACertificates(trusted));

	it.each(['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'])(
		'is used when %s names it',
		async (name) => {
			process.env[name] = `http://${proxy.address}`;
			expect((await sendPayment(FOREIGN)).outcome.kind).toBe('succeeded');
			expect(proxy.requests).toEqual([`${CERTIFIED_HOST}:443`]);
			expect(server.arrived.map(({ headers }) => headers.host)).toEqual([CERTIFIED_HOST]);
		},
	);

	it('gets its own user name and password, and neither reaches Stripe', async () => {
		process.env.HTTPS_PROXY = `http://me:s%40fe@${proxy.address}`;
		await sendPayment(FOREIGN);
		expect(proxy.credentials).toEqual([`Basic ${Buffer.from('me:s@fe').toString('base64')}`]);
		expect(server.arrived[0]?.headers).not.toHaveProperty('proxy-authorization');
	});

	it('keeps its tunnel: two payments, one CONNECT', async () => {
		process.env.HTTPS_PROXY = `http://${proxy.address}`;
		await sendPayment(FOREIGN);
		await sendPayment(FOREIGN);
		expect([proxy.requests.length, server.arrived.length]).toEqual([1, 2]);
	});

	it('is sent nothing in the clear, even where call stacks are switched off', async () => {
		process.env.HTTPS_PROXY = `http://${proxy.address}`;
		const limit = Error.stackTraceLimit;
		Error.stackTraceLimit = 0;
		const verdict = await sendPayment(FOREIGN).finally(() => (Error.stackTraceLimit = limit));
		expect(verdict.outcome.kind).toBe('succeeded');
	});

	it('cannot impersonate Stripe', async () => {
		process.env.HTTPS_PROXY = `http://${proxy.address}`;
		const verdict = await sendPayment('https://other.invalid');
		expect(verdict.outcome).toMatchObject({ kind: 'unreachable', code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
		await server.deserted();
		expect(server.arrived).toEqual([]);
	});
});

it.each([CERTIFIED_HOST, '*', `.invalid`, `x.example, ${CERTIFIED_HOST}`])(
	'NO_PROXY=%s bypasses it',
	async (hosts) => {
		const proxy = await proxyTo(REFUSED);
		Object.assign(process.env, { HTTPS_PROXY: `http://${proxy.address}`, NO_PROXY: hosts });
		expect((await sendPayment(FOREIGN)).outcome.kind).toBe('unreachable');
		expect(proxy.requests).toEqual([]);
	},
);

it('a proxy that refuses the tunnel receives nothing of the request, and nothing is reported as succeeded', async () => {
	const proxy = await proxyTo(REFUSED);
	process.env.HTTPS_PROXY = `http://${proxy.address}`;
	const verdict = await sendPayment(FOREIGN);
	expect(verdict).toMatchObject({ sendAgain: true, outcome: { kind: 'unknown', statusCode: 407 } });
	expect([proxy.requests, proxy.leaked]).toEqual([[`${CERTIFIED_HOST}:443`], '']);
});

it('a proxy that is down: nothing was sent, so it is unreachable', async () => {
	process.env.HTTPS_PROXY = `http://127.0.0.1:${await closedPort()}`;
	expect((await sendPayment(FOREIGN)).outcome).toMatchObject({ kind: 'unreachable', code: 'ECONNREFUSED' });
});

it('an address on this machine never uses a proxy', async () => {
	const server = await serve(ok);
	const proxy = await proxyTo(REFUSED);
	for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'])
		process.env[name] = `http://${proxy.address}`;
	expect((await sendPayment(server.url)).outcome.kind).toBe('succeeded');
	expect([server.arrived.length, proxy.requests.length]).toEqual([1, 0]);
});

it('the connection of a credential is different with a different proxy', () => {
	const direct = connectTo(FOREIGN);
	process.env.HTTPS_PROXY = 'http://127.0.0.1:9';
	const proxied = connectTo(FOREIGN);
	expect(proxied.cacheKey).not.toBe(direct.cacheKey);
	expect(connectTo(FOREIGN)).toBe(proxied);
});

it('an address of this machine may be written in IPv6', async () => {
	const server = http.createServer((_request, response) => {
		response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(INTENT));
	});
	const listens = await new Promise<boolean>((resolve) => {
		server.once('error', () => resolve(false)).listen(0, '::1', () => resolve(true));
	});
	keep({
		stop: async () => {
			server.closeAllConnections();
			server.close();
		},
	});
	if (!listens) {
		console.warn('SKIPPED: this machine has no IPv6');
		return;
	}
	expect((await sendPayment(`http://[::1]:${(server.address() as AddressInfo).port}`)).outcome.kind).toBe(
		'succeeded',
	);
});
