import type { IDataObject } from 'n8n-workflow';

import { summarize } from '../../../../ledger/queries/summarize';
import { SqliteStore } from '../../../../ledger/stores/sqlite/sqliteStore';
import { StripeIdempotent } from '../../../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import { runNode } from '../../../engine';
import { stripeAt } from '../../../simulator/client';
import { ACCOUNT, CHARGE, EMPTY_CARD, SECRET_KEY, STRIPE_NODE } from '../../fixtures/ordersFixture';
import { buildEvent, TriggerFixture } from '../../fixtures/triggerFixture';

const HOUR_MS = 3_600_000;

let fixture: TriggerFixture;
beforeEach(async () => {
	fixture = await TriggerFixture.open();
});
afterEach(() => fixture.close());

const stripe = () => stripeAt(fixture.simulator, SECRET_KEY);

/** The node that pays, on the same ledger. @returns the item that leaves it, with the number of its output */
async function pay(item: IDataObject, parameters: IDataObject = {}) {
	const { ledgerFile, simulator } = fixture;
	const options = { timeoutSeconds: 60, maxRetries: 0, waitForBusySeconds: 0 };
	const { items } = await runNode(
		{ type: STRIPE_NODE, parameters: { ...CHARGE, ledgerFile, options, ...parameters } },
		{
			nodeTypes: { [STRIPE_NODE]: new StripeIdempotent(fixture.time) },
			credentials: {
				stripeIdempotentApi: { secretKey: SECRET_KEY, accountId: ACCOUNT, baseUrl: simulator.url },
			},
			items: [item],
		},
	);
	const [outputItem] = items.flat();
	return outputItem!.json as IDataObject & { id: string; status: string; idempotency: IDataObject };
}

const WAITS = { order: '1', card: 'pm_card_authenticationRequired' };
/** The customer comes back to it. */
const PAGE = 'https://example.com/thanks';
const WITH_PAGE = { additionalFields: { returnUrl: PAGE } };
const BY_CARD = { payment_method: 'pm_card_visa', return_url: PAGE };
const HELD = { additionalFields: { captureMethod: 'manual' } };

/** Somebody does something in Stripe an hour later, without these nodes. */
async function anHourLater<T>(does: () => Promise<T>): Promise<T> {
	fixture.simulator.advance(HOUR_MS);
	return does();
}

/** What Stripe has to tell, the oldest first. */
async function events(): Promise<(IDataObject & { type: string })[]> {
	const { data } = await stripe().events.list({ limit: 100 });
	return data.reverse().map((event) => JSON.parse(JSON.stringify(event)) as IDataObject & { type: string });
}

async function deliver(...types: string[]): Promise<void> {
	const all = await events();
	for (const type of types) {
		const event = all.findLast((one) => one.type === type);
		expect((await fixture.deliver(event!)).status).toBe(200);
	}
}

async function money() {
	const store = SqliteStore.open(fixture.ledgerFile);
	return (await summarize(store, fixture.time.now())).money.map(({ kind, paymentState, moved }) => [
		kind,
		paymentState,
		Number(moved),
	]);
}

it("a payment that waited for the customer is paid when Stripe's event says so, also as a replay", async () => {
	const { id } = await pay(WAITS, WITH_PAGE);
	expect(await money()).toEqual([['payment', 'requires_action', 0]]);
	await anHourLater(() => stripe().paymentIntents.confirm(id, BY_CARD));
	await deliver('payment_intent.succeeded');
	expect(await money()).toEqual([['payment', 'paid', 1999]]);
	expect(await pay(WAITS, WITH_PAGE)).toMatchObject({
		status: 'succeeded',
		amount_received: 1999,
		idempotency: { replayed: true, paymentState: 'paid' },
	});
});

it('a paid payment stays paid, whatever older events arrive after it, and however often', async () => {
	const { id } = await pay(WAITS, WITH_PAGE);
	await anHourLater(() => stripe().paymentIntents.confirm(id, BY_CARD));
	await deliver('payment_intent.succeeded', 'payment_intent.requires_action', 'payment_intent.created');
	await deliver('payment_intent.succeeded');
	expect(await money()).toEqual([['payment', 'paid', 1999]]);
});

it('its charge reports it as well', async () => {
	const { id } = await pay(WAITS, WITH_PAGE);
	await anHourLater(() => stripe().paymentIntents.confirm(id, BY_CARD));
	await deliver('charge.succeeded');
	expect(await money()).toEqual([['payment', 'paid', 1999]]);
});

it('a payment captured in the dashboard counts as captured, one canceled there does not', async () => {
	const first = await pay({ order: '1' }, HELD);
	const second = await pay({ order: '2' }, HELD);
	await anHourLater(async () => {
		await stripe().paymentIntents.capture(first.id, { amount_to_capture: 600 });
		await stripe().paymentIntents.cancel(second.id);
	});
	await deliver('payment_intent.succeeded', 'payment_intent.canceled');
	expect(await money()).toEqual([
		['payment', 'canceled', 0],
		['payment', 'paid', 600],
	]);
});

it('a declined intent that the customer pays later counts as money, and the rejection is kept', async () => {
	await pay({ order: '1', card: EMPTY_CARD });
	const [entry] = await fixture.entriesOf('paymentIntent.create');
	const { objectId } = (entry as unknown as { outcome: { objectId: string } }).outcome;
	await anHourLater(() => stripe().paymentIntents.confirm(objectId, BY_CARD));
	await deliver('payment_intent.succeeded');
	expect(await money()).toEqual([['payment', 'paid', 1999]]);
	expect(await fixture.entriesOf('paymentIntent.create')).toMatchObject([{ state: 'rejected' }]);
});

it('an event about another payment, or another account, changes nothing', async () => {
	const { id, idempotency } = await pay(WAITS, WITH_PAGE);
	const paid = { object: 'payment_intent', status: 'succeeded', amount: 1999, amount_received: 1999 };
	const metadata = { n8n_entry: idempotency.entryId };
	const created = Math.floor(Date.now() / 1000) + 3_600;
	const copy = { object: { ...paid, id: 'pi_copy', currency: 'eur', metadata } };
	const own = { object: { ...paid, id, currency: 'eur', metadata } };
	await fixture.deliver(buildEvent({ created, data: copy }));
	await fixture.deliver(buildEvent({ created, data: own, account: 'acct_other' }));
	expect(await money()).toEqual([['payment', 'requires_action', 0]]);
	await fixture.deliver(buildEvent({ created, data: own }));
	expect(await money()).toEqual([['payment', 'paid', 1999]]);
});
