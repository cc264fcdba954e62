import { isObjectMissing } from '../../shared/run/errorToResult';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { buildPicker } from '../../shared/parameters/picker';
import type { ObjectLookUp, WriteOperation } from './operation';

const pathOf = (read: ParameterReader) => `/v1/invoices/${read.id('invoice')}`;

/**
 * Withdraws an invoice, whatever its state. Stripe deletes drafts only, and voids only what was finalized. What the state
 * requires is frozen with the claim.
 */
export const deleteOrVoid: WriteOperation = {
	kind: 'write',
	class: 'terminal',
	method: 'DELETE',
	value: 'deleteOrVoid',
	name: 'Delete or Void',
	action: 'Delete or void an invoice',
	description:
		'Withdraw an invoice: a draft is deleted, an open or uncollectible invoice is voided, and a paid one is left alone',
	harmless: 'twice',
	path: pathOf,
	target: (read) => read.id('invoice'),
	reads: (read) => readInvoice(pathOf(read)),
	sentPath: ({ status }, path) => (isDraft(status) ? path : `${path}/void`),
	sentMethod: ({ status }) => (isDraft(status) ? undefined : 'POST'),
	properties: [buildPicker('invoice')],
};

/** A deleted draft is empty. */
function readInvoice(path: string): ObjectLookUp {
	return (get) =>
		get(path).catch((error: unknown) => {
			if (isObjectMissing(error)) return {};
			throw error;
		});
}

function isDraft(status: unknown): boolean {
	return status === 'draft' || status === undefined;
}
