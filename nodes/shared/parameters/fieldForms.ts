import type { INodeProperties } from 'n8n-workflow';

import { toDecimalText } from '../../../ledger/identity/decimal';
import type { ItemError } from '../run/error';
import { toApiName } from './apiName';
import { isDescribing } from './describing';
import { isListOrObject } from './noValue';
import type { Values } from './values';
import { describeStructure, isFilled, mergeValues, splitList, toInputText } from './values';
import type { InputReader } from './inputReader';
import type { Property } from './writtenRule';

/** Reads one parameter by its path, in each form. */
interface FieldSource {
	/** The declarations of the editor. */
	readonly input: Pick<InputReader, 'labelOf' | 'propertyOf'>;
	value(path: string): unknown;
	flag(path: string): boolean;
	time(path: string): number | undefined;
	choice(path: string, values: readonly string[]): string;
	id(path: string): string;
	optionalId(path: string): string | undefined;
	optionalText(path: string): string | undefined;
	currency(path: string): string;
	json(path: string): Values;
	metadata(path: string): Values;
	rows(path: string): readonly string[];
	buildError(path: string, problem: string, nextStep: string): ItemError;
}

/** n8n neither shows nor stores properties with a symbol as key. */
const LIST = Symbol('list');

/** Marks a field that is sent as a list: comma-separated text, or rows with a single field. */
export function markList<P extends INodeProperties>(property: P): P {
	return Object.assign({ ...property }, { [LIST]: true });
}

/**
 * Converts fields to parameters of Stripe's API: times in Unix seconds, groups as objects, rows as a list. Empty fields are
 * omitted, because an empty string unsets a value.
 *
 * @param parent the path of their collection
 * @throws ItemError with the label of a field that cannot be sent
 */
export function readApiFields(read: FieldSource, parent: string, names: readonly string[]): Values {
	const seen = new Map<string, string>();
	return names.reduce<Values>((params, name) => {
		const value = readApiField(read, `${parent}.${name}`);
		if (value !== undefined) refuseSameParameter(read, `${parent}.${name}`, seen);
		return value === undefined ? params : mergeValues(params, nest(toApiName(name), value));
	}, {});
}

/**
 * Refuses two fields for one parameter, because it is not clear which one is meant.
 *
 * @throws ItemError with both labels
 */
function refuseSameParameter(read: FieldSource, path: string, seen: Map<string, string>): void {
	const name = toApiName(path.split('.').at(-1) ?? '');
	const other = seen.get(name);
	seen.set(name, path);
	if (other === undefined) return;
	throw read.buildError(
		path,
		`cannot be sent together with ${read.input.labelOf(other)}`,
		'Leave one of the two out: Stripe accepts only one.',
	);
}

function nest(name: string, value: unknown): Values {
	return name.split('.').reduceRight<unknown>((inner, part) => ({ [part]: inner }), value) as Values;
}

type ReadForm = (read: FieldSource, path: string, property: INodeProperties) => unknown;

/** By type of the property. Other types are text. */
const FORMS: ReadonlyMap<string, ReadForm> = new Map<string, ReadForm>([
	['boolean', (read, path) => read.flag(path)],
	['collection', (read, path, { options }) => readGroup(read, path, options)],
	['dateTime', (read, path) => toSeconds(read.time(path))],
	[
		'fixedCollection',
		(read, path, property) =>
			property.name === 'metadata' ? read.metadata(path) : readRows(read, path, property),
	],
	['json', (read, path) => read.json(path)],
	['number', readNumber],
	[
		'options',
		// Only where nothing depends on it, an expression may return blank text.
		(read, path, property) =>
			read.optionalText(path) === undefined ? undefined : read.choice(path, listValues(property)),
	],
	['resourceLocator', (read, path) => read.optionalId(path)],
]);

/** Converts a single field in the same way; undefined if it is empty. */
export function readApiField(read: FieldSource, path: string): unknown {
	const value = read.value(path);
	const property = read.input.propertyOf(path);
	if (!isFilled(value)) return undefined;
	if (!property || !('type' in property)) return value;
	if (LIST in property) return readParts(read, path, property);
	return (FORMS.get(property.type) ?? readText)(read, path, property);
}

/** Descriptive text is sent unchanged. A currency is validated, whatever the field is called. */
function readText(read: FieldSource, path: string, property: Property): unknown {
	if (!isDescribing(property))
		return read.optionalText(path) !== undefined && property.name === 'currency'
			? read.currency(path)
			: read.optionalText(path);
	const value = read.value(path);
	if (Number.isNaN(value)) return undefined;
	if (!isListOrObject(value)) return value;
	throw read.buildError(path, describeStructure(value), 'Enter one value, e.g. {{ $json.id }}.');
}

function readParts(read: FieldSource, path: string, { options: [group] = [] }: INodeProperties): unknown {
	if (!group || !('values' in group)) return readList(read, path);
	const [field] = group.values;
	const rows = read.rows(`${path}.${group.name}`);
	return rows.length > 0 ? rows.map((row) => read.id(`${row}.${field?.name}`)) : undefined;
}

function readList(read: FieldSource, path: string): string[] | undefined {
	const value = read.value(path);
	const values: unknown[] = Array.isArray(value) ? value : [value];
	if (values.some((one) => isListOrObject(one)))
		throw read.buildError(path, 'has an object in it', 'Enter texts, separated by commas.');
	const parts = Array.isArray(value) ? value.map(toInputText) : splitList(value);
	return parts.length > 0 ? parts : undefined;
}

function toSeconds(ms: number | undefined): number | undefined {
	return ms === undefined ? undefined : Math.floor(ms / 1000);
}

function listValues({ options = [] }: INodeProperties): string[] {
	return options.flatMap((option) => ('value' in option ? [String(option.value)] : []));
}

/** Reads fields that are all optional. */
function readGroup(
	read: FieldSource,
	path: string,
	fields: INodeProperties['options'] = [],
): Values | undefined {
	const params = readApiFields(
		read,
		path,
		fields.map(({ name }) => name),
	);
	return Object.keys(params).length > 0 ? params : undefined;
}

/** Reads one group, or all rows that were added. */
function readRows(read: FieldSource, path: string, { options = [], typeOptions }: INodeProperties): unknown {
	const [group] = options;
	if (!group || !('values' in group)) return undefined;
	const within = `${path}.${group.name}`;
	if (!typeOptions?.multipleValues) return readGroup(read, within, group.values);
	const rows = read.rows(within).flatMap((row) => readGroup(read, row, group.values) ?? []);
	return rows.length > 0 ? rows : undefined;
}

/** @throws ItemError if it is not a number, or exceeds the limits that the editor shows */
function readNumber(read: FieldSource, path: string, { typeOptions = {} }: INodeProperties): string {
	const { minValue = 0, maxValue = Number.MAX_SAFE_INTEGER, numberPrecision = 0 } = typeOptions;
	const decimal = toDecimalText(read.value(path));
	const isWhole = numberPrecision === 0;
	const isTooLarge = Number(decimal) > maxValue;
	const isGood =
		decimal !== undefined &&
		(!isWhole || /^-?\d+$/.test(decimal)) &&
		(decimal.split('.')[1] ?? '').length <= numberPrecision &&
		Number(decimal) >= minValue &&
		!isTooLarge;
	if (isGood) return decimal;
	throw read.buildError(
		path,
		`is "${toInputText(read.value(path))}"`,
		`Give a ${isWhole ? 'whole ' : ''}number from ${minValue}${isTooLarge || 'maxValue' in typeOptions ? ` to ${maxValue}` : ''}.`,
	);
}
