import { SECRET_KEY } from '../nodes/stripeNode';
import { signatureOf, TriggerShop } from '../nodes/triggerNode';
import { stripeAt } from '../simulator/client';
import type { Batch } from './batch';
import { isAbout } from './deeds';

/** Stripe tells the trigger what has happened to some of the decisions. */
export async function hear({ decisions, stripe, desk }: Batch): Promise<void> {
	const heard = decisions.filter(({ fate }) => fate.isHeard);
	const events = stripe.happened().filter((event) => heard.some((decision) => isAbout(event, decision)));
	const trigger = await TriggerShop.open(desk.time);
	// None is passed on to a workflow: what the ledger hears of them is all that is asked here.
	const parameters = { ledgerFile: desk.setting.ledgerFile, events: ['account.updated'] };
	for (const event of events) {
		const body = JSON.stringify(event);
		const signature = signatureOf(body, undefined, Date.now() - desk.time.now());
		const answer = trigger.deliverRaw(body, { 'stripe-signature': signature }, { parameters });
		expect(await answer).toMatchObject({ status: 200 });
	}
	await trigger.close();
}

/** Somebody else changes some of the customers, too. */
export async function overwrite(batch: Batch): Promise<void> {
	const stripe = stripeAt(batch.stripe, SECRET_KEY);
	for (const { kind, target, fate } of batch.decisions) {
		if (kind !== 'changedCustomer' || !fate.isOverwritten) continue;
		await stripe.customers.update(target, { name: 'Somebody Else' });
	}
}
