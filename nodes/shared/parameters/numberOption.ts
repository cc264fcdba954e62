import type { INodeProperties } from 'n8n-workflow';

import { markDescribing } from './describing';
import { ItemError } from '../run/error';
import { toJson } from './values';

/** A number with limits. The editor shows them, and values from expressions are checked against them. */
export interface NumberOption {
	label: string;
	/** Absent if an empty value has its own meaning. */
	default?: number;
	min: number;
	max: number;
	isWhole?: boolean;
	/** Whether it decides what moves, or when. Its expression then has to return a number. */
	isDeciding?: boolean;
}

/** Builds the property for the editor. */
export function buildNumberProperty(
	name: string,
	option: NumberOption,
	description: string,
): INodeProperties {
	const { label, min, max, default: value = '' } = option;
	const property: INodeProperties = {
		displayName: label,
		name,
		type: 'number',
		typeOptions: { minValue: min, maxValue: max },
		default: value,
		description,
	};
	return option.isDeciding ? property : markDescribing(property);
}

/**
 * @returns the default if it is empty
 * @throws ItemError if it is not a number, or exceeds the limits
 */
export function readNumber(option: NumberOption & { default: number }, value: unknown): number;
export function readNumber(option: NumberOption, value: unknown): number | undefined;
export function readNumber(
	{ label, min, max, isWhole, ...option }: NumberOption,
	value: unknown,
): number | undefined {
	if (value === undefined || value === null || value === '') return option.default;
	const text = typeof value === 'string' ? value.trim() : toJson(value);
	const number = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : NaN;
	if (number >= min && number <= max && (!isWhole || Number.isInteger(number))) return number;
	throw new ItemError(
		label,
		`is ${toJson(value)}`,
		`Give a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}.`,
	);
}
