import tls from 'node:tls';

import { INTENT } from './responses';
import { selfSigned } from './certificate';
import { useStoppables } from './stopAfterEach';
import { sendPayment } from './sending';
import type { WireServer } from './wireServer';
import { replyWith } from './wireServer';

const { serve, closedPort } = useStoppables();

const unreachable = (code: string) => ({ sendAgain: true, outcome: { kind: 'unreachable', code } });

it('a name that does not exist: nothing was sent, so it is unreachable', async () => {
	const verdict = await sendPayment('https://nowhere.invalid');
	expect(verdict).toMatchObject({ sendAgain: true, outcome: { kind: 'unreachable' } });
	expect(verdict.outcome.code).toMatch(/^(?:ENOTFOUND|EAI_AGAIN)$/);
});

it('a port without a listener: unreachable', async () => {
	expect(await sendPayment(`http://127.0.0.1:${await closedPort()}`)).toMatchObject(
		unreachable('ECONNREFUSED'),
	);
});

it('a name with two addresses of which both refuse: unreachable', async () => {
	expect((await sendPayment(`http://localhost:${await closedPort()}`)).outcome.kind).toBe('unreachable');
});

const certificate = selfSigned();

(certificate ? describe : describe.skip)('a certificate that is not accepted', () => {
	let server: WireServer;
	beforeEach(async () => {
		server = await serve(replyWith(200, INTENT), certificate);
	});

	it('untrusted: unreachable, and the server receives no byte of the request', async () => {
		expect(await sendPayment(server.url)).toMatchObject(unreachable('DEPTH_ZERO_SELF_SIGNED_CERT'));
		await server.deserted();
		expect(server.connections).toBe(1);
		expect(server.arrived).toEqual([]);
	});

	describe('a trusted certificate', () => {
		const trusted = tls.getCACertificates('default');
		beforeEach(() => tls.setDefaultCACertificates([certificate?.cert ?? '']));
		afterEach(() => tls.setDefaultCACertificates(trusted));

		it('for a different host: unreachable, and nothing was sent to it', async () => {
			const verdict = await sendPayment(`https://localhost:${server.port}`);
			expect(verdict).toMatchObject(unreachable('ERR_TLS_CERT_ALTNAME_INVALID'));
			await server.deserted();
			expect(server.arrived).toEqual([]);
		});

		it('for this host: the request succeeds', async () => {
			expect((await sendPayment(server.url)).outcome.kind).toBe('succeeded');
			expect(server.arrived).toHaveLength(1);
		});
	});
});

it('a server without TLS: unknown, because the progress of the request is unknown', async () => {
	const server = await serve(replyWith(200, INTENT));
	const verdict = await sendPayment(server.url.replace('http:', 'https:'));
	expect(verdict.outcome.kind).toBe('unknown');
});
