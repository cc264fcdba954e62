import type Stripe from 'stripe';

import { SECRET_KEY } from '../nodes/stripeNode';
import { stripeAt } from '../simulator/client';
import type { Batch } from './batch';

/** What has to stand in Stripe before something can be done to it. */
export type Standing = 'open' | 'held' | 'paid' | 'customer';

/** @returns the id of a new object */
export async function make(needs: Standing, stripe: Stripe): Promise<string> {
	if (needs === 'customer') return (await stripe.customers.create()).id;
	const paying = { payment_method: 'pm_card_visa', confirm: true } as const;
	const more = { open: {}, paid: paying, held: { ...paying, capture_method: 'manual' } } as const;
	return (await stripe.paymentIntents.create({ amount: 1999, currency: 'eur', ...more[needs] })).id;
}

/** Somebody else changes some of the customers, too. */
export async function overwrite(batch: Batch): Promise<void> {
	const stripe = stripeAt(batch.stripe, SECRET_KEY);
	for (const { kind, target, fate } of batch.decisions) {
		if (kind !== 'changedCustomer' || !fate.isOverwritten) continue;
		await stripe.customers.update(target, { name: 'Somebody Else' });
	}
}
