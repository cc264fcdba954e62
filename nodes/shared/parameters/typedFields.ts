import type { INodeProperties } from 'n8n-workflow';

import { markList } from './fieldForms';
import { buildTextProperty } from './fields';
import type { NamedProperty } from './stripeParams';

/** Builders for optional parameters, one per kind of value. */

/** @param options values by label, in the order of the editor */
export function buildChoiceProperty<Name extends string>(
	displayName: string,
	name: Name,
	options: Readonly<Record<string, string>>,
	more: Partial<INodeProperties> = {},
): NamedProperty<Name> {
	const choices = Object.entries(options).map(([label, value]) => ({ name: label, value }));
	const first: Partial<INodeProperties> = { default: choices[0]?.value ?? '', ...more };
	return { displayName, type: 'options', options: choices, default: '', ...first, name };
}

export function buildSwitchProperty<Name extends string>(
	displayName: string,
	name: Name,
	description: string,
	more: { default?: boolean } = {},
): NamedProperty<Name> {
	return {
		displayName,
		name,
		type: 'boolean',
		default: false,
		description,
		...more,
	};
}

export function buildTimeProperty<Name extends string>(
	displayName: string,
	name: Name,
	description?: string,
): NamedProperty<Name> {
	return { displayName, name, type: 'dateTime', default: '', ...(description ? { description } : {}) };
}

/** @param limits `numberPrecision` for a number that may have decimals */
export function buildCountProperty<Name extends string>(
	displayName: string,
	name: Name,
	limits: NonNullable<INodeProperties['typeOptions']>,
	more: Partial<INodeProperties> = {},
): NamedProperty<Name> {
	const first: Partial<INodeProperties> = { default: limits.minValue ?? 1, ...more };
	return { displayName, type: 'number', typeOptions: limits, default: 0, ...first, name };
}

/** Comma-separated text. */
export function buildCommaListProperty<Name extends string>(
	displayName: string,
	name: Name,
	more: Partial<INodeProperties> = {},
): NamedProperty<Name> {
	return markList(buildTextProperty(displayName, name, more));
}

/** Fields that belong together. */
export function buildGroupProperty<Name extends string, Field extends INodeProperties>(
	displayName: string,
	name: Name,
	values: Field[],
	more: Partial<INodeProperties> = {},
): NamedProperty<Name, Field> {
	const options = [{ displayName, name: 'value', values }];
	return { displayName, type: 'fixedCollection', default: {}, options, ...more, name };
}

/** A list of objects that are selected one by one, sent as their IDs. */
export function buildPickedListProperty<Name extends string>(
	displayName: string,
	name: Name,
	picker: INodeProperties,
	more: Partial<INodeProperties> = {},
): NamedProperty<Name> {
	// The field of a row is not sent on its own.
	return markList(buildRowsProperty<Name, never>(displayName, name, [picker as never], more));
}

/** Any number of rows. */
export function buildRowsProperty<Name extends string, Field extends INodeProperties>(
	displayName: string,
	name: Name,
	values: Field[],
	more: Partial<INodeProperties> = {},
): NamedProperty<Name, Field> {
	const options = [{ displayName, name: 'row', values }];
	const one = displayName.replace(/^Add /, '').replace(/s$/, '');
	return {
		displayName,
		placeholder: `Add ${one}`,
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		default: {},
		options,
		...more,
		name,
	};
}
