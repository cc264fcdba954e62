import type { IExecuteFunctions, NodeExecutionHint } from 'n8n-workflow';

import { movesMoney } from '../../../ledger/model/payment';
import { inMajorUnits } from '../../../stripe/objects/money';
import { wordsWithoutSecrets } from '../../../stripe/api/redact';
import { movedInWords, notPaidYet } from '../../shared/run/paymentMessages';
import { twinWords } from '../../shared/run/twins';
import { volatileFields } from '../../shared/key/unstableFields';
import type { Departure } from '../../shared/run/result';
import type { OutputName } from '../../shared/run/outcomeMessages';
import { OUTPUTS } from '../../shared/run/outcomeMessages';
import type { Item, WriteItem } from '../item';

/** What the person in front of the editor should know beside the items. */
export class Hints {
	private ledgerFault: string | undefined;

	constructor(private readonly context: IExecuteFunctions) {}

	reliesOnStripe(reason: string): void {
		this.ledgerFault = reason;
	}

	/** @param risks of the ledgers that were used, in sentences */
	publish(
		items: readonly (Item | Departure)[],
		departures: readonly Departure[],
		risks: readonly string[],
	): void {
		const writes = items.filter((item): item is WriteItem => 'kind' in item && item.kind === 'write');
		const hints = [
			notDone(departures),
			...(writes.length > 0 ? this.ofWrites(writes, departures, risks) : []),
		].filter((hint) => hint !== undefined);
		if (hints.length > 0) this.context.addExecutionHints(...hints.map(withoutSecretWords));
	}

	private ofWrites(
		writes: readonly WriteItem[],
		departures: readonly Departure[],
		risks: readonly string[],
	): (NodeExecutionHint | undefined)[] {
		return [
			...this.volatileFields(writes),
			this.liveByHand(writes),
			this.nothingSaved(),
			this.ledgerMissing(),
			...risks.map(warning),
			...unsaved(departures),
			this.moved(departures),
			notPaid(departures),
			doneBefore(writes, departures),
			twins(departures),
			doneElsewhere(writes, departures),
		];
	}

	private volatileFields(writes: readonly WriteItem[]): NodeExecutionHint[] {
		const found = volatileFields(
			this.context,
			writes.flatMap(({ claim }) => claim.fields),
		);
		return found.map(([name, why]) =>
			warning(
				`"${name}" looks as if it were not the same at the next run: ${why}. Then a repeat gets another key and pays twice. Choose a field of the business, e.g. the order number.`,
			),
		);
	}

	private liveByHand(writes: readonly WriteItem[]): NodeExecutionHint | undefined {
		const isLive = writes.some(({ connection }) => connection.mode === 'live');
		if (!isLive || this.context.getMode() !== 'manual') return undefined;
		return warning(
			'This run by hand used a live key: it moves real money. To try something out, choose a credential with a test key (sk_test_…).',
		);
	}

	/** Only what this very run has moved: a person compares it with what was to be paid. */
	private moved(departures: readonly Departure[]): NodeExecutionHint | undefined {
		if (this.context.getMode() !== 'manual') return undefined;
		const words = movedInWords(departures.filter(isMovedNow).flatMap(paymentsOf), inMajorUnits);
		return words.length > 0 ? info(words.join(' ')) : undefined;
	}

	private nothingSaved(): NodeExecutionHint | undefined {
		const isStaticData = this.context.getNode().parameters.ledger === 'staticData';
		if (!isStaticData || this.context.getMode() !== 'manual') return undefined;
		return warning(
			'n8n does not save Workflow Static Data in manual runs: after a restart of n8n it is not known what this run has sent. Choose the ledger Local File.',
		);
	}

	private ledgerMissing(): NodeExecutionHint | undefined {
		if (this.ledgerFault === undefined) return undefined;
		return warning(
			`Sent without the ledger, as the option If Ledger Is Unavailable says: ${this.ledgerFault} Stripe recognizes a repeat for 24 hours only: make the ledger work again before then, and run the workflow again so that the ledger knows what was sent.`,
		);
	}
}

/** A run whose items all left through an error output looks to n8n like a success. */
function notDone(departures: readonly Departure[]): NodeExecutionHint | undefined {
	const [first, ...others] = departures.filter(({ outcome }) => outcome !== 'succeeded');
	if (!first) return undefined;
	const through = (name: OutputName, label: string) => {
		const left = [first, ...others].filter(({ output }) => output === name).length;
		return left > 0 ? [`${label}: ${left}`] : [];
	};
	const where = OUTPUTS.flatMap(({ name, label }) => through(name, label)).join(', ');
	return warning(
		`${departures.length === 1 ? 'The item' : `${others.length + 1} of ${departures.length} items`} did not succeed. ${where}. The first: ${first.message} ${first.nextStep}`,
	);
}

function unsaved(departures: readonly Departure[]): NodeExecutionHint[] {
	const kept = departures.filter(({ warning: text }) => text !== undefined);
	if (kept.length === 0) return [];
	return [
		warning(
			`${count(kept.length)} sent, but the ledger could not keep the outcome: ${kept[0]?.warning ?? ''} A repeat within 23 hours is safe: it uses the same key.`,
		),
	];
}

function doneBefore(
	writes: readonly WriteItem[],
	departures: readonly Departure[],
): NodeExecutionHint | undefined {
	const run = writes[0]?.claim.origin.run;
	const earlier = departures.filter(({ duplicate, entry }) => duplicate && entry?.origin.run !== run);
	if (earlier.length === 0) return undefined;
	const again = earlier.some(({ payment }) => payment !== undefined) ? 'paid' : 'done';
	return info(
		`${some(earlier.length, departures.length)} done by an earlier run. Nothing was ${again} twice.`,
	);
}

function twins(departures: readonly Departure[]): NodeExecutionHint | undefined {
	const told = departures.filter(({ outcome }) => outcome !== 'conflict');
	const words = twinWords(told.map(({ entry }) => entry?.entryId));
	return words === undefined ? undefined : warning(words);
}

/** A generic field such as an ID or a row number names other things in other workflows. */
function doneElsewhere(
	writes: readonly WriteItem[],
	departures: readonly Departure[],
): NodeExecutionHint | undefined {
	const here = writes[0]?.claim.origin.workflowId;
	const others = departures.flatMap(({ duplicate, entry }) => {
		const { workflowId, workflowName } = entry?.origin ?? {};
		return duplicate && workflowId !== undefined && workflowId !== here
			? [workflowName ?? workflowId]
			: [];
	});
	if (here === undefined || others.length === 0) return undefined;
	return warning(
		`${count(others.length)} done before by another workflow: ${[...new Set(others)].join(', ')}. If these are other payments, choose key fields that tell them apart, or another ledger.`,
	);
}

function notPaid(departures: readonly Departure[]): NodeExecutionHint | undefined {
	const words = departures.flatMap(({ objects: [object], payment, source, entry }) =>
		source && object && entry && movesMoney(entry.request) ? (notPaidYet(payment, object) ?? []) : [],
	);
	const [first, ...others] = words;
	if (first === undefined) return undefined;
	const more = others.length > 0 ? ` And ${others.length} more.` : '';
	return warning(`${first}${more} Success means done as asked: go on where paymentState is paid.`);
}

/** Sent by this run, and not what an earlier request had moved already. */
function isMovedNow({ outcome, source, replayed, entry }: Departure): boolean {
	const isNew = source === 'stripe' && !replayed;
	return outcome === 'succeeded' && isNew && entry !== undefined && movesMoney(entry.request);
}

function paymentsOf({ payment }: Departure) {
	return payment ? [payment] : [];
}

function count(items: number): string {
	return items === 1 ? '1 item was' : `${items} items were`;
}

function some(part: number, all: number): string {
	if (all === 1) return 'The item was';
	return `${part} of ${all} items ${part === 1 ? 'was' : 'were'}`;
}

function info(message: string): NodeExecutionHint {
	return { message, type: 'info', location: 'outputPane' };
}

function warning(message: string): NodeExecutionHint {
	return { message, type: 'warning', location: 'outputPane' };
}

/** Names of fields, workflows and servers stand in hints, and people put secrets into all of them. */
function withoutSecretWords(hint: NodeExecutionHint): NodeExecutionHint {
	return { ...hint, message: wordsWithoutSecrets(hint.message) };
}
