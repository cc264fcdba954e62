import type { IDataObject } from 'n8n-workflow';

import { StripeIdempotent } from '../../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import { runNode } from '../../engine';
import type { Credentials } from '../../engine/credentials';
import { whereInstalled } from '../../servers/binaries';
import { PostgresServer } from '../../servers/postgresServer';
import { RedisServer } from '../../servers/redisServer';
import { stripeAt } from '../../simulator/client';
import { ACCOUNT, CHARGE, SECRET_KEY, STRIPE_NODE } from '../fixtures/ordersFixture';
import { buildEvent, TriggerFixture } from '../fixtures/triggerFixture';

/** A ledger that several hosts share, as the parameters and the credential name it. */
interface Place {
	parameters: IDataObject;
	credentials: Credentials;
}

whereInstalled('initdb')('on Postgres', () => {
	let server: PostgresServer;
	beforeAll(async () => {
		server = await PostgresServer.start();
	}, 60_000);
	afterAll(() => server.stop());
	hears(() => ({
		parameters: { ledger: 'postgres' },
		credentials: { postgres: { ...server.settings } },
	}));
});

whereInstalled('redis-server')('on Redis', () => {
	let server: RedisServer;
	beforeAll(async () => {
		server = await RedisServer.start();
	}, 60_000);
	afterAll(() => server.stop());
	hears(() => ({ parameters: { ledger: 'redis' }, credentials: { redis: { ...server.credential } } }));
});

function hears(place: () => Place): void {
	let fixture: TriggerFixture;
	beforeEach(async () => {
		fixture = await TriggerFixture.open();
	});
	afterEach(() => fixture.close());

	/** The Stripe Idempotent node, on the same ledger. */
	async function charge(order: string): Promise<IDataObject> {
		const { parameters, credentials } = place();
		const options = { timeoutSeconds: 5, maxRetries: 0, waitForBusySeconds: 0 };
		const result = await runNode(
			{ type: STRIPE_NODE, parameters: { ...CHARGE, ...parameters, options } },
			{
				nodeTypes: { [STRIPE_NODE]: new StripeIdempotent() },
				credentials: {
					stripeIdempotentApi: {
						secretKey: SECRET_KEY,
						accountId: ACCOUNT,
						baseUrl: fixture.simulator.url,
					},
					...credentials,
				},
				items: [{ order }],
			},
		);
		return result.items.flat()[0]!.json;
	}

	it('an event that is delivered ten times at once starts the workflow once', async () => {
		const one = buildEvent({ id: 'evt_at_once' });
		const answers = await Promise.all(Array.from({ length: 10 }, () => fixture.deliver(one, place())));
		expect(answers.flatMap(({ items = [] }) => items)).toHaveLength(1);
		const again = await fixture.deliver(one, place());
		expect([again.status, again.items]).toEqual([200, undefined]);
	});

	it('a payment whose response was lost is settled by its event, and is not sent again', async () => {
		fixture.simulator.inject({ kind: 'resetAfter', match: { method: 'POST' } });
		expect(await charge('1001')).toMatchObject({ error: { outcome: 'unknown' } });
		const { data } = await stripeAt(fixture.simulator, SECRET_KEY).events.list({
			type: 'payment_intent.succeeded',
		});
		const { items } = await fixture.deliver(JSON.parse(JSON.stringify(data[0])) as object, place());
		expect(items![0]!.json).toMatchObject({ idempotency: { state: 'succeeded', attempt: 1, sends: 1 } });
		expect(await charge('1001')).toMatchObject({ status: 'succeeded', idempotency: { replayed: true } });
		expect(fixture.simulator.sends()).toHaveLength(1);
	});
}
