import type { INodeProperties } from 'n8n-workflow';

import type { Params } from '../../ledger/model/request';
import { labelOfParameter } from '../../payments/parameterLabels';
import type { DependentParam, ExclusiveParams } from '../../stripe/api/parameterRules';
import { findParameterFault } from '../../stripe/api/parameterRules';
import type { InvalidValue } from '../../stripe/api/parameterKinds';
import { findImplausibleTime } from '../../stripe/api/parameterTimes';
import { toApiName } from '../shared/parameters/apiName';
import type { ParameterReader } from '../shared/parameters/parameterReader';
import { OTHER_PARAMETERS } from '../shared/parameters/parameterReader';
import { isRecord } from '../shared/parameters/values';
import { ItemError } from '../shared/run/error';
import type { StripeOperation } from './operations/operation';

interface ParameterCheck {
	path: string;
	params: Params;
	options: { apiVersion: string };
}

/**
 * Refuses parameters that Stripe does not accept, by their labels.
 *
 * @throws ItemError
 */
export function refuseParameterFaults(
	operation: StripeOperation,
	read: ParameterReader,
	{ path, params, options }: ParameterCheck,
): void {
	const fault = findParameterFault({ path, params, apiVersion: options.apiVersion });
	if (!fault) return;
	const labels = new ParameterLabels(operation, read);
	switch (fault.kind) {
		case 'removed':
			throw new ItemError(
				labels.of(fault.name),
				'is no longer accepted by Stripe',
				`Use "${fault.successor}" in its place. Stripe leaves out types that do not fit the payment.`,
			);
		case 'exclusive':
			throw buildExclusiveError(labels, fault);
		case 'unfit':
			throw buildUnfitError(labels, fault);
		case 'dependent':
			throw buildDependentError(labels, fault);
	}
}

interface TimedCheck {
	path: string;
	params: Params;
	connection: { mode: 'test' | 'live'; clock: { known(): number | undefined } };
}

/**
 * Refuses a time that Stripe would refuse as too early or too late, if Stripe's time is known.
 *
 * @throws ItemError
 */
export function refuseImplausibleTime(
	operation: StripeOperation,
	read: ParameterReader,
	{ path, params, connection: { mode, clock } }: TimedCheck,
): void {
	const now = clock.known();
	const untimely = now === undefined ? undefined : findImplausibleTime({ path, params, mode }, now);
	if (untimely) throw buildUnfitError(new ParameterLabels(operation, read), untimely);
}

function buildUnfitError(labels: ParameterLabels, { path, fault }: InvalidValue): ItemError {
	return new ItemError(labels.of(path), ...fault);
}

function buildExclusiveError(labels: ParameterLabels, { name, other, otherIs }: ExclusiveParams): ItemError {
	const [label, otherLabel] = [labels.of(name), labels.of(other)];
	return otherIs === undefined
		? new ItemError(
				label,
				`cannot be sent together with ${otherLabel}`,
				'Leave one of the two out: Stripe accepts only one.',
			)
		: new ItemError(
				label,
				`cannot be sent while ${otherLabel} is ${labels.ofValue(other, otherIs)}`,
				`Leave it out, or change ${otherLabel}.`,
			);
}

function buildDependentError(labels: ParameterLabels, fault: DependentParam): ItemError {
	const { name, nameIs, needed, neededIs } = fault;
	const label = labels.of(name);
	if (needed === 'confirm') return buildConfirmError(labels, label);
	const neededLabel = labels.of(needed);
	if (neededIs !== undefined) {
		const wanted = `${neededLabel} is ${labels.ofValue(needed, neededIs)}`;
		return new ItemError(
			label,
			`can only be sent while ${wanted}`,
			`Change ${neededLabel}, or leave it out.`,
		);
	}
	return nameIs === undefined
		? new ItemError(
				label,
				`cannot be sent without ${neededLabel}`,
				`Add ${neededLabel}, or leave it out.`,
			)
		: new ItemError(
				label,
				`is ${labels.ofValue(name, nameIs)}, but ${neededLabel} is missing`,
				`Add ${neededLabel}, or change ${label}.`,
			);
}

function buildConfirmError(labels: ParameterLabels, label: string): ItemError {
	const isTyped = labels.find('confirm') !== undefined;
	return new ItemError(
		label,
		`cannot be sent while ${isTyped ? 'Confirm is off' : '"confirm" is not true'}`,
		`${isTyped ? 'Turn Confirm on' : 'Set "confirm" to true'}, or leave it out here and use it in the Confirm operation.`,
	);
}

/** The names of parameters in the place where they were entered. */
class ParameterLabels {
	/** The JSON parameter, which uses Stripe's names. */
	private readonly json: { place: string; values: unknown };

	constructor(
		private readonly operation: StripeOperation,
		read: ParameterReader,
	) {
		const isCustom = hasProperty(operation, 'body');
		this.json = isCustom
			? { place: 'Body (JSON)', values: undefined }
			: {
					place: 'Other Parameters (JSON)',
					values: hasProperty(operation, 'additionalFields') ? read.json(OTHER_PARAMETERS) : {},
				};
	}

	/** @param path for example `line_items.0.price` */
	of(path: string): string {
		const parts = path.split('.');
		if (this.json.values === undefined || isWithin(this.json.values, parts))
			return `"${path.replace(/\.(\d+)/g, '[$1]')}" in ${this.json.place}`;
		return (
			findPlace(this.operation.properties, parts)?.label ??
			this.ofLastPart(parts) ??
			labelOfParameter(path)
		);
	}

	/** A parameter that the operation nests in Stripe's way has a field of its own: `items.0.quantity`. */
	private ofLastPart(parts: readonly string[]): string | undefined {
		const [row, name = ''] = parts.slice(-2);
		if (!/^\d+$/.test(row ?? '')) return undefined;
		return this.operation.properties.find((property) => toApiName(property.name) === name)?.displayName;
	}

	find(name: string): INodeProperties | undefined {
		return findEditorField(this.operation, name);
	}

	/** Returns the label of a value in the editor. */
	ofValue(path: string, value: string): string {
		const field = findPlace(this.operation.properties, path.split('.'))?.field;
		if (field?.type === 'boolean') return value === 'true' ? 'on' : 'off';
		const chosen = field?.options?.find((option) => 'value' in option && option.value === value);
		return chosen?.name ?? `"${value}"`;
	}
}

function hasProperty({ properties }: StripeOperation, wanted: string): boolean {
	return properties.some(({ name }) => name === wanted);
}

function isWithin(values: unknown, [first, ...parts]: readonly string[]): boolean {
	if (first === undefined) return values !== undefined;
	if (Array.isArray(values)) return isWithin(values[Number(first)], parts);
	return isRecord(values) && Object.hasOwn(values, first) && isWithin(values[first], parts);
}

/** Where a parameter is entered. */
interface WrittenPlace {
	label: string;
	field: INodeProperties;
}

/** Rows are counted from 1. A parameter without its own field has the label of the field that contains it. */
function findPlace(
	properties: readonly INodeProperties[],
	path: readonly string[],
): WrittenPlace | undefined {
	for (const property of listFields(properties)) {
		const names = toApiName(property.name).split('.');
		const isPart = path.every((part, index) => names[index] === part);
		if (isPart) return { label: property.displayName, field: property };
		if (!names.every((name, index) => path[index] === name)) continue;
		const [row = '', ...below] = path.slice(names.length);
		const isRow = /^\d+$/.test(row);
		const label = isRow ? `${property.displayName}, row ${Number(row) + 1}` : property.displayName;
		const inner = findPlace(listInner(property), isRow ? below : [row, ...below]);
		return inner ? { ...inner, label: `${label}: ${inner.label}` } : { label, field: property };
	}
	return undefined;
}

function listInner({ options = [] }: INodeProperties): INodeProperties[] {
	return options.flatMap((option) =>
		'values' in option ? option.values : isEditorProperty(option) ? [option] : [],
	);
}

/** Finds the field that sends a parameter, or contains it. */
export function findEditorField(
	{ properties }: Pick<StripeOperation, 'properties'>,
	name: string,
): INodeProperties | undefined {
	return listFields(properties).find((property) => toApiName(property.name) === name);
}

/** Includes the fields of collections. */
function listFields(properties: readonly INodeProperties[]): INodeProperties[] {
	return properties.flatMap((property) => [property, ...(property.options ?? []).filter(isEditorProperty)]);
}

function isEditorProperty(option: unknown): option is INodeProperties {
	return isRecord(option) && 'displayName' in option && 'type' in option;
}
