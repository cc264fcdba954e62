import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import { sendOnce } from '../../stripe/client';
import { majorFromMinor } from '../../stripe/money';
import { classify } from '../../stripe/outcome';
import { withQuery } from '../../stripe/query';
import { OUTCOME_WORDS } from './outcomeWords';
import { connectStored } from './storedCredential';

const TIMEOUT_MS = 20_000;
const PAGE = '50';

type StripeObject = Record<string, unknown> & { id: string };

/** From List shows the newest objects of a collection; typing narrows what is shown, or names an ID. */
function searchOf(collection: string, nameOf: (object: StripeObject) => string) {
	return async function (
		this: ILoadOptionsFunctions,
		filter?: string,
		after?: string,
	): Promise<INodeListSearchResult> {
		const connection = connectStored(await this.getCredentials('stripeIdempotentApi'));
		const path = withQuery(collection, { limit: PAGE, ...(after ? { starting_after: after } : {}) });
		const { outcome } = classify(
			await sendOnce(connection, { method: 'GET', path, timeoutMs: TIMEOUT_MS }),
		);
		if (outcome.kind !== 'succeeded') {
			throw new NodeOperationError(
				this.getNode(),
				`${OUTCOME_WORDS[outcome.kind].what(outcome)}: ${outcome.message ?? ''}`,
			);
		}
		const objects = (outcome.body?.data ?? []) as StripeObject[];
		const shown = objects.map((object) => ({ name: nameOf(object), value: object.id }));
		const wanted = filter?.toLowerCase();
		return {
			results: shown.filter(
				({ name, value }) => !wanted || `${name} ${value}`.toLowerCase().includes(wanted),
			),
			paginationToken: outcome.body?.has_more === true ? objects.at(-1)?.id : undefined,
		};
	};
}

function moneyName({ id, amount, currency, description, status }: StripeObject): string {
	const code = String(currency);
	const money = `${majorFromMinor(String(amount), code)} ${code.toUpperCase()}`;
	return [money, description, status, id]
		.filter((part) => typeof part === 'string' && part !== '')
		.join(' · ');
}

function customerName({ id, name, email }: StripeObject): string {
	return [name, email, id].filter((part) => typeof part === 'string' && part !== '').join(' · ');
}

export const listSearch = {
	searchCharge: searchOf('/v1/charges', moneyName),
	searchCustomer: searchOf('/v1/customers', customerName),
	searchPaymentIntent: searchOf('/v1/payment_intents', moneyName),
	searchRefund: searchOf('/v1/refunds', moneyName),
};
