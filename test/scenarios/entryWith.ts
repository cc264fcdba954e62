import type Stripe from 'stripe';

import { NO_REDIRECTS } from '../simulator/client';

/** What has to stand in Stripe before something can be done to it. */
export type Prerequisite = 'open' | 'held' | 'paid' | 'customer';

/** @returns the id of a new object */
export async function createPrerequisite(prerequisite: Prerequisite, stripe: Stripe): Promise<string> {
	if (prerequisite === 'customer') return (await stripe.customers.create()).id;
	const paying = { payment_method: 'pm_card_visa', confirm: true } as const;
	const more = { open: {}, paid: paying, held: { ...paying, capture_method: 'manual' } } as const;
	return (
		await stripe.paymentIntents.create({
			...NO_REDIRECTS,
			amount: 1999,
			currency: 'eur',
			...more[prerequisite],
		})
	).id;
}
