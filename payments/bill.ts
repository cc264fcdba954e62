import type { HarmlessKind } from '../ledger/model/entry';
import type { Param, Params } from '../ledger/model/request';
import type { Step } from './steps';

/** A bill: one invoice, from its draft until it is sent or paid. */

/** The path that creates invoices. A bill has no path of its own in Stripe. */
export const INVOICES_PATH = '/v1/invoices';

/** The metadata field by which people find the bill in Stripe. `n8n_entry` of an invoice names the step that created it. */
const BILL_METADATA = 'n8n_bill';
/** The number of a line within its bill, from 1. */
export const LINE_METADATA = 'n8n_line';

/** The request of a bill, in wire form. */
export type BillParams = Params & { lines: Params[] };

export function readBillParams(params: Params): BillParams {
	const { lines } = params;
	return { ...params, lines: Array.isArray(lines) ? lines.filter(isNamed) : [] };
}

export const CREATE_INVOICE = { operation: 'invoice.create' };
const ADD_LINES = { name: 'addLines', action: 'add_lines' };
const FINALIZE = { name: 'finalize', action: 'finalize', harmless: 'twice' } as const;
const PAY = { name: 'pay', action: 'pay', harmless: 'twice' } as const;
export const SEND_INVOICE = { name: 'send', action: 'send' };

export function createStep(
	{ lines: _lines, expand: _expand, metadata, ...params }: BillParams,
	bill: string,
): Step {
	const own = metadata !== undefined && isNamed(metadata) ? metadata : {};
	return {
		...CREATE_INVOICE,
		path: INVOICES_PATH,
		params: { ...params, auto_advance: 'false', metadata: { ...own, [BILL_METADATA]: bill } },
	};
}

export function linesStep({ lines }: BillParams, invoice: string): Step {
	const numbered = lines.map((line, index) => ({
		...line,
		metadata: { [LINE_METADATA]: String(index + 1) },
	}));
	return buildStep(invoice, ADD_LINES, { lines: numbered });
}

export function finalizeStep(invoice: string): Step {
	return buildStep(invoice, FINALIZE, { auto_advance: 'false' });
}

/** Sends or charges the invoice, depending on its collection method. */
export function collectStep({ collection_method: method, expand }: BillParams, invoice: string): Step {
	const params: Params = expand === undefined ? {} : { expand };
	return buildStep(invoice, method === 'send_invoice' ? SEND_INVOICE : PAY, params);
}

export function buildStep(
	invoice: string,
	{ name, action, harmless }: { name: string; action: string; harmless?: HarmlessKind },
	params: Params = {},
): Step {
	const path = `${INVOICES_PATH}/${encodeURIComponent(invoice)}/${action}`;
	return { operation: `invoice.${name} ${invoice}`, path, params, ...(harmless ? { harmless } : {}) };
}

function isNamed(param: Param): param is Params {
	return typeof param === 'object' && !Array.isArray(param);
}
