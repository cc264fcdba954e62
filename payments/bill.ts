import type { Entry, HarmlessKind } from '../ledger/model/entry';
import { deriveIdentity, entryOfKey } from '../ledger/identity/key';
import type { Param, Params } from '../ledger/model/request';
import type { RetryPolicy } from '../stripe/api/retry';
import { leaseDurationMs } from '../stripe/api/retry';

/**
 * A bill: one invoice, from its draft until it is sent or paid. Its entry freezes the whole bill and sends nothing itself. Each
 * step is an entry of its own that names the attempt of the bill, so it is the same step in every run that resumes it.
 */
const BILL_OPERATION = 'invoice.billCustomer';

/** The path that creates invoices. A bill has no path of its own in Stripe. */
export const INVOICES_PATH = '/v1/invoices';

/** The metadata field by which people find the bill in Stripe. `n8n_entry` of an invoice names the step that created it. */
const BILL_METADATA = 'n8n_bill';
/** The number of a line within its bill, from 1. */
export const LINE_METADATA = 'n8n_line';

/** The key field in which a step names its bill. */
const BILL_FIELD = 'bill';

export function isBill({ operation }: Pick<Entry, 'operation'>): boolean {
	return operation === BILL_OPERATION;
}

/** Returns the bill to which an entry belongs; undefined if it is not a step. */
export function billOf({ fields }: Pick<Entry, 'fields'>): string | undefined {
	const [field, ...others] = fields;
	if (!field || others.length > 0 || field[0] !== BILL_FIELD) return undefined;
	return entryOfKey(field[1]);
}

/** One request of a bill. */
export interface BillStep {
	operation: string;
	path: string;
	params: Params;
	harmless?: HarmlessKind;
}

/** The request for a bill, in wire form. */
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
): BillStep {
	const own = metadata !== undefined && isNamed(metadata) ? metadata : {};
	return {
		...CREATE_INVOICE,
		path: INVOICES_PATH,
		params: { ...params, auto_advance: 'false', metadata: { ...own, [BILL_METADATA]: bill } },
	};
}

export function linesStep({ lines }: BillParams, invoice: string): BillStep {
	const numbered = lines.map((line, index) => ({
		...line,
		metadata: { [LINE_METADATA]: String(index + 1) },
	}));
	return buildStep(invoice, ADD_LINES, { lines: numbered });
}

export function finalizeStep(invoice: string): BillStep {
	return buildStep(invoice, FINALIZE, { auto_advance: 'false' });
}

/** The last step, by collection method. */
export function collectStep({ collection_method: method, expand }: BillParams, invoice: string): BillStep {
	const params: Params = expand === undefined ? {} : { expand };
	return buildStep(invoice, method === 'send_invoice' ? SEND_INVOICE : PAY, params);
}

export function buildStep(
	invoice: string,
	{ name, action, harmless }: { name: string; action: string; harmless?: HarmlessKind },
	params: Params = {},
): BillStep {
	const path = `${INVOICES_PATH}/${encodeURIComponent(invoice)}/${action}`;
	return { operation: `invoice.${name} ${invoice}`, path, params, ...(harmless ? { harmless } : {}) };
}

/** Derives the entry of a step of the current attempt of a bill. The bill's ID already depends on the key secret. */
export function identifyStep({ mode, account, key }: Entry, { operation }: Pick<BillStep, 'operation'>) {
	const field = { name: BILL_FIELD, value: key, treatAs: 'text' } as const;
	return deriveIdentity({ mode, account }, operation, [field]);
}

/**
 * The lease of a bill in ms: long enough for one step and the reads around it. It is extended before each step, and no step is
 * claimed that could outlast it.
 */
export function billLeaseMs(policy: RetryPolicy, waitForBusyMs: number): number {
	return 3 * leaseDurationMs(policy) + waitForBusyMs;
}

function isNamed(param: Param): param is Params {
	return typeof param === 'object' && !Array.isArray(param);
}
