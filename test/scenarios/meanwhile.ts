import { SECRET_KEY } from '../nodes/fixtures/ordersFixture';
import { signBody, TriggerFixture } from '../nodes/fixtures/triggerFixture';
import { stripeAt } from '../simulator/client';
import type { Batch } from './batch';
import { concernsDecision } from './operations';

/** Stripe tells the trigger what has happened to some of the decisions. */
export async function deliverEvents({ decisions, stripe, registry }: Batch): Promise<void> {
	const withEvents = decisions.filter(({ scenario }) => scenario.hasEvent);
	const events = stripe
		.happened()
		.filter((event) => withEvents.some((decision) => concernsDecision(event, decision)));
	const trigger = await TriggerFixture.open(registry.time);
	// None is passed on to a workflow: what the ledger hears of them is all that is asked here.
	const parameters = { ledgerFile: registry.fixture.ledgerFile, events: ['account.updated'] };
	for (const event of events) {
		const body = JSON.stringify(event);
		const signature = signBody(body, undefined, Date.now() - registry.time.now());
		const answer = trigger.deliverRaw(body, { 'stripe-signature': signature }, { parameters });
		expect(await answer).toMatchObject({ status: 200 });
	}
	await trigger.close();
}

/** Somebody else changes some of the customers, too. */
export async function overwriteCustomers(batch: Batch): Promise<void> {
	const stripe = stripeAt(batch.stripe, SECRET_KEY);
	for (const { kind, target, scenario } of batch.decisions) {
		if (kind !== 'changedCustomer' || !scenario.isOverwritten) continue;
		await stripe.customers.update(target, { name: 'Somebody Else' });
	}
}
