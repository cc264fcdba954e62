import type { IExecuteFunctions } from 'n8n-workflow';

import { checkedNumber } from '../shared/numberOption';
import { Refusal } from '../shared/refusal';
import { ParameterReader } from '../StripeIdempotent/parameterReader';
import { plain } from '../shared/values';
import type { NumberName } from './registryOptions';
import { NUMBERS } from './registryOptions';

/** Labels of the editor that do not follow from the parameter's name. */
const LABELS = new Map(
	Object.entries({
		action: 'What Is Done',
		allowedCustomers: 'Allowed Customers',
		answer: 'Answer (JSON)',
		by: 'Decided By',
		ifUnanswered: 'If a Claim Was Never Completed',
		intentOperation: 'For What',
		maxPerSession: 'Max per Session',
		object: 'Payment',
		request: 'Request (JSON)',
	}),
);

/** Reads the parameters of one item; nothing of it has to be looked up in Stripe. */
export class RegistryReader extends ParameterReader {
	constructor(
		private readonly node: IExecuteFunctions,
		private readonly index: number,
	) {
		super(node, index, () => Promise.resolve({}));
	}

	override refuse(parameter: string, what: string, nextStep: string): Refusal {
		const label = LABELS.get(parameter);
		return label === undefined
			? super.refuse(parameter, what, nextStep)
			: new Refusal(label, what, nextStep);
	}

	/** As the person has written it: an expression begins with `=`. */
	written(parameter: string): unknown {
		return this.node.getNode().parameters[parameter];
	}

	/** The options of the item; each is checked where it is used. */
	options(): Record<string, unknown> {
		return this.node.getNodeParameter('options', this.index, {});
	}

	/** A number among the options. */
	optionNumber(name: NumberName): number {
		return checkedNumber(NUMBERS[name], this.options()[name]);
	}

	/** A choice among the options; the first of the values is the default. */
	optionChoice<T extends string>(name: string, values: readonly [T, ...T[]]): T {
		const given = plain(this.options()[name]).trim();
		if (given === '') return values[0];
		const chosen = values.find((value) => value === given);
		if (chosen !== undefined) return chosen;
		throw this.refuse(name, `is "${given}"`, `Its expression must give ${values.join(' or ')}.`);
	}

	/** JSON of any kind: what came of something need not be an object. */
	anyJson(parameter: string): unknown {
		const value = this.value(parameter);
		if (typeof value !== 'string') return value;
		return jsonIn(value) ?? value;
	}
}

/** @returns undefined for a text that is no JSON */
function jsonIn(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}
