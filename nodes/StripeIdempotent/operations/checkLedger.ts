import type { Outcome } from '../../../ledger/model/entry';
import type { LedgerCheck } from '../../../payments/checkLedger';
import { checkLedger } from '../../../payments/checkLedger';
import type { Report, ReportOperation, ReportSource } from './operation';
import { DAY_MS } from '../../../ledger/clock';

/** By default, entries are kept for 400 days. */
const MAX_DAYS = 365;

/** For people who have restored a backup, or who may be using two ledgers for one account. */
export const checkLedgerOperation: ReportOperation = {
	kind: 'report',
	readsLedger: true,
	value: 'checkLedger',
	name: 'Check Ledger',
	action: 'Check the ledger of an account',
	description:
		'Find what these nodes created in Stripe, but this ledger does not know: after a restore, or because another ledger is used. Also reports risks of losing entries, such as settings of its server. Reads only.',
	needs: [
		{ name: 'payment_intent', access: 'read' },
		{ name: 'charge', access: 'read' },
		{ name: 'subscription', access: 'read' },
		{ name: 'invoice', access: 'read' },
	],
	path: () => '/v1/payment_intents',
	prepare: (read) => {
		const days = Number(read.number('days'));
		return (source) => report(days, source);
	},
	properties: [
		{
			displayName: 'Days',
			name: 'days',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: MAX_DAYS },
			default: 30,
			description: 'How far back to look',
		},
	],
};

async function report(
	days: number,
	{ request, openLedger, readLedgerWarnings, time }: ReportSource,
): Promise<Report | Outcome> {
	const ledger = await openLedger();
	const now = request.connection.clock.known() ?? time.now();
	const found = await checkLedger(request, now - days * DAY_MS, ledger, time);
	if ('kind' in found) return found;
	const facts = { likelyCause: nameCause(found), nextStep: NEXT_STEP };
	const warnings = await readLedgerWarnings();
	return {
		objects: [
			...found.unknown.map((object) => ({ ...object, ...facts })),
			...warnings.map((summary) => ({ object: 'ledgerWarning', summary })),
		],
		note: [describeCheck(found, days), ...warnings].join(' '),
	};
}

const NEXT_STEP =
	'Before you run workflows that pay: Idempotency Registry → Entry → Adopt, or use one ledger.';

function nameCause({ isBehind }: LedgerCheck): string {
	return isBehind
		? 'All of it is newer than what it knows, so the ledger was probably restored from a backup, or lost.'
		: 'It knows things from the same time, so another ledger is probably used for the same account.';
}

function describeCheck(check: LedgerCheck, days: number): string {
	const { unknown, compared } = check;
	const all = `what these nodes created in Stripe in the last ${days} days (${compared})`;
	if (unknown.length === 0) return `This ledger knows all of ${all}.`;
	return `This ledger does not know ${unknown.length} of ${all}. ${nameCause(check)} ${NEXT_STEP}`;
}
