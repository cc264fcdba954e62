import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import type { Outcome } from '../../ledger/model/entry';
import { sendOnce } from '../../stripe/api/client';
import { classify } from '../../stripe/api/outcome';
import { withQuery } from '../../stripe/api/query';
import type { Choice, ListedObject } from './choices';
import { toCustomerName, toMoneyName, buildChoice, toRefundableChoice } from './choices';
import { errorToResult } from '../shared/run/errorToResult';
import { OUTCOME_MESSAGES } from '../shared/run/outcomeMessages';
import { connectWithCredential } from '../shared/stripe/credential';

const LIST_TIMEOUT_MS = 20_000;
const LIST_PAGE_SIZE = '50';

/**
 * From List shows the newest objects of a collection; typing narrows what is shown, or names an ID.
 *
 * @param choiceOf undefined for an object that cannot be chosen
 */
function buildSearch(collection: string, choiceOf: (object: ListedObject) => Choice | undefined) {
	return async function (
		this: ILoadOptionsFunctions,
		filter?: string,
		after?: string,
	): Promise<INodeListSearchResult> {
		const outcome = await readListPage(this, collection, after).catch(errorToResult);
		if ('output' in outcome) throw buildEditorError(this, outcome.message, outcome.nextStep);
		if (outcome.kind !== 'succeeded') {
			const messages = OUTCOME_MESSAGES[outcome.kind];
			const message = `${messages.message(outcome)}: ${outcome.message ?? ''}`;
			throw buildEditorError(this, message, messages.nextStep(outcome));
		}
		const objects = (outcome.body?.data ?? []) as ListedObject[];
		const choices = objects.map(choiceOf).filter((choice) => choice !== undefined);
		const wanted = filter?.toLowerCase();
		return {
			results: choices.filter(
				({ name, value }) => !wanted || `${name} ${value}`.toLowerCase().includes(wanted),
			),
			paginationToken: outcome.body?.has_more === true ? objects.at(-1)?.id : undefined,
		};
	};
}

async function readListPage(
	context: ILoadOptionsFunctions,
	collection: string,
	after: string | undefined,
): Promise<Outcome> {
	const connection = connectWithCredential(await context.getCredentials('stripeIdempotentApi'));
	const path = withQuery(collection, {
		limit: LIST_PAGE_SIZE,
		...(after ? { starting_after: after } : {}),
	});
	const chosen = context.getCurrentNodeParameter('options.stripeAccount');
	const stripeAccount =
		typeof chosen === 'string' && chosen.startsWith('acct_') ? chosen.trim() : undefined;
	const request = { method: 'GET', path, stripeAccount, timeoutMs: LIST_TIMEOUT_MS } as const;
	return classify(await sendOnce(connection, request)).outcome;
}

function buildEditorError(context: ILoadOptionsFunctions, message: string, description: string): Error {
	return new NodeOperationError(context.getNode(), message, { description });
}

export const listSearch = {
	searchCharge: buildSearch('/v1/charges', buildChoice(toMoneyName)),
	searchCustomer: buildSearch('/v1/customers', buildChoice(toCustomerName)),
	searchPaymentIntent: buildSearch('/v1/payment_intents', buildChoice(toMoneyName)),
	searchRefund: buildSearch('/v1/refunds', buildChoice(toMoneyName)),
	searchRefundableCharge: buildSearch('/v1/charges', (charge) => toRefundableChoice(charge, charge.id)),
	// Only a charge says what is left of it; of an intent that needs a read of its own.
	searchRefundablePaymentIntent: buildSearch('/v1/charges', (charge) =>
		toRefundableChoice(charge, charge.payment_intent),
	),
};
