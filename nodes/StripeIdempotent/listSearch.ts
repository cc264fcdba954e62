import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import type { Outcome } from '../../ledger/model/entry';
import { sendOnce } from '../../stripe/api/client';
import { classify } from '../../stripe/api/outcome';
import { withQuery } from '../../stripe/api/query';
import type { Choice, StripeObject } from './choices';
import { customerName, moneyName, named, refundable } from './choices';
import { departureOfRefusal } from '../shared/run/errorToResult';
import { OUTCOME_WORDS } from '../shared/run/outcomeMessages';
import { connectStored } from '../shared/stripe/credential';

const TIMEOUT_MS = 20_000;
const PAGE = '50';

/**
 * From List shows the newest objects of a collection; typing narrows what is shown, or names an ID.
 *
 * @param choiceOf undefined for an object that cannot be chosen
 */
function searchOf(collection: string, choiceOf: (object: StripeObject) => Choice | undefined) {
	return async function (
		this: ILoadOptionsFunctions,
		filter?: string,
		after?: string,
	): Promise<INodeListSearchResult> {
		const outcome = await readPage(this, collection, after).catch(departureOfRefusal);
		if ('output' in outcome) throw refusalInEditor(this, outcome.message, outcome.nextStep);
		if (outcome.kind !== 'succeeded') {
			const words = OUTCOME_WORDS[outcome.kind];
			const message = `${words.what(outcome)}: ${outcome.message ?? ''}`;
			throw refusalInEditor(this, message, words.nextStep(outcome));
		}
		const objects = (outcome.body?.data ?? []) as StripeObject[];
		const shown = objects.map(choiceOf).filter((choice) => choice !== undefined);
		const wanted = filter?.toLowerCase();
		return {
			results: shown.filter(
				({ name, value }) => !wanted || `${name} ${value}`.toLowerCase().includes(wanted),
			),
			paginationToken: outcome.body?.has_more === true ? objects.at(-1)?.id : undefined,
		};
	};
}

async function readPage(
	context: ILoadOptionsFunctions,
	collection: string,
	after: string | undefined,
): Promise<Outcome> {
	const connection = connectStored(await context.getCredentials('stripeIdempotentApi'));
	const path = withQuery(collection, { limit: PAGE, ...(after ? { starting_after: after } : {}) });
	const chosen = context.getCurrentNodeParameter('options.stripeAccount');
	const stripeAccount =
		typeof chosen === 'string' && chosen.startsWith('acct_') ? chosen.trim() : undefined;
	const request = { method: 'GET', path, stripeAccount, timeoutMs: TIMEOUT_MS } as const;
	return classify(await sendOnce(connection, request)).outcome;
}

function refusalInEditor(context: ILoadOptionsFunctions, message: string, description: string): Error {
	return new NodeOperationError(context.getNode(), message, { description });
}

export const listSearch = {
	searchCharge: searchOf('/v1/charges', named(moneyName)),
	searchCustomer: searchOf('/v1/customers', named(customerName)),
	searchPaymentIntent: searchOf('/v1/payment_intents', named(moneyName)),
	searchRefund: searchOf('/v1/refunds', named(moneyName)),
	searchRefundableCharge: searchOf('/v1/charges', (charge) => refundable(charge, charge.id)),
	// Only a charge says what is left of it; of an intent that needs a read of its own.
	searchRefundablePaymentIntent: searchOf('/v1/charges', (charge) =>
		refundable(charge, charge.payment_intent),
	),
};
