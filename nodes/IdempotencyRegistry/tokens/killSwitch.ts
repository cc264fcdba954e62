import type { INodeProperties } from 'n8n-workflow';

import type { KillSwitchWidth } from '../../../ledger/model/row';
import { answerDone } from '../output/result';
import { refuseFilledByModel } from '../../shared/parameters/byModel';
import { toIsoTime } from '../../shared/parameters/values';
import type { RegistryItem } from '../item';
import { decidedByProperty, readDecidedBy } from './decide';
import type { RegistryOperation } from '../operation';

const reasonProperty: INodeProperties = {
	displayName: 'Reason',
	name: 'reason',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. The agent pays unknown invoices',
	description: 'The reason, shown to everyone whose payment is refused in the meantime',
};

const WIDTHS = ['tokens', 'everything'] as const;

function buildWidthProperty(action: string): INodeProperties {
	return {
		displayName: 'Width',
		name: 'width',
		type: 'options',
		options: [
			{
				name: 'Everything',
				value: 'everything',
				description: 'Every write protected by this ledger, with or without a token',
			},
			{
				name: 'Payments by Token',
				value: 'tokens',
				description: 'Reservations and payments of agents',
			},
		],
		default: 'tokens',
		description: `How much to ${action}`,
	};
}

/** A person chooses in the node what is stopped. */
function readWidth({ read, isTool }: RegistryItem): KillSwitchWidth {
	refuseFilledByModel('Width', read.input.readWritten('width'), isTool);
	return read.choice('width', WIDTHS);
}

const killSwitchOutputs = ['done', 'refused'] as const;

/** Anyone who has a reason may activate it, even a model, because it can only stop payments. */
export const stopOperation: RegistryOperation = {
	value: 'stop',
	name: 'Stop All',
	action: 'Stop token payments or everything',
	description: 'Block all reservations and token payments, or everything, until a person resumes them',
	outputs: killSwitchOutputs,
	properties: [buildWidthProperty('stop'), decidedByProperty, reasonProperty],
	execute: async (item) => {
		const reason = item.read.prose('reason');
		const width = readWidth(item);
		const { killSwitches: stops } = await (
			await item.openTokenRegistry()
		).stop(width, readDecidedBy(item), reason);
		const current = stops?.[width];
		return answerDone({
			outcome: 'stopped',
			width,
			nextStep: `${STOPPED_MESSAGES[width]} When the cause is clear, a person can resume them.`,
			decidedBy: current?.decidedBy ?? null,
			reason: current?.reason ?? null,
			since: toIsoTime(current?.at),
		});
	},
};

export const resumeOperation: RegistryOperation = {
	value: 'resume',
	name: 'Resume Payments',
	action: 'Resume token payments or everything',
	description: 'Allow what was stopped again',
	humanOnly: { rule: 'Payments are resumed by a person', waits: 'is stopped' },
	outputs: killSwitchOutputs,
	properties: [buildWidthProperty('let through again')],
	execute: async (item) => {
		const chosen = readWidth(item);
		const { killSwitches: stops } = await (await item.openTokenRegistry()).resume(chosen);
		const left = WIDTHS.filter((one) => stops?.[one]);
		const nextStep = left
			.map((one) => `${STOPPED_MESSAGES[one]} That one is resumed separately.`)
			.join(' ');
		return answerDone({
			outcome: 'resumed',
			width: chosen,
			nextStep: nextStep || RESUMED_MESSAGES[chosen],
		});
	},
};

const STOPPED_MESSAGES: Readonly<Record<KillSwitchWidth, string>> = {
	tokens: 'Token reservations and payments are now blocked.',
	everything: 'All writes protected by this ledger are now blocked.',
};

const RESUMED_MESSAGES: Readonly<Record<KillSwitchWidth, string>> = {
	tokens: 'Tokens can be reserved and used again.',
	everything: 'Writes protected by this ledger are sent again. Run again what was blocked.',
};
