import type { INodeProperties } from 'n8n-workflow';

import { toDecimalText } from '../../../ledger/identity/decimal';
import type { ItemError } from '../run/error';
import { toApiName } from './apiName';
import { isDescribing } from './describing';
import { isListOrObject } from './noValue';
import type { Values } from './values';
import { isFilled, mergeValues, splitList, toInputText } from './values';
import type { InputReader } from './inputReader';
import type { Property } from './writtenRule';

/** What reads one parameter by its path, in each of the forms. */
interface FieldSource {
	/** What the editor declares. */
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

/** n8n neither shows nor stores what stands under a symbol. */
const LIST = Symbol('list');

/** Marks what is sent as a list: a text, its parts separated by commas, or rows of one field. */
export function markList<P extends INodeProperties>(property: P): P {
	return Object.assign({ ...property }, { [LIST]: true });
}

/**
 * Fields of the editor as Stripe's API takes them, by its names: times in Unix seconds, groups as objects, rows as a list. What
 * is left empty is not sent, because an empty text unsets.
 *
 * @param parent path of the collection that they stand in
 * @throws ItemError by the label of what cannot be sent
 */
export function readApiFields(read: FieldSource, parent: string, names: readonly string[]): Values {
	const seen = new Map<string, string>();
	return names.reduce<Values>((params, name) => {
		const value = readApiField(read, `${parent}.${name}`);
		if (value !== undefined) refuseSameParameter(read, `${parent}.${name}`, seen);
		return value === undefined ? params : mergeValues(params, nest(toApiName(name), value));
	}, {});
}

/** Two fields for one parameter: which one is meant nobody can tell. @throws ItemError by both labels */
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

/** By the type of the property; what is not in the table is a text. */
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
	['options', (read, path, property) => read.choice(path, listValues(property))],
	['resourceLocator', (read, path) => read.optionalId(path)],
]);

/** One field, in the same form; undefined where it is left empty. */
export function readApiField(read: FieldSource, path: string): unknown {
	const value = read.value(path);
	const property = read.input.propertyOf(path);
	if (!isFilled(value)) return undefined;
	if (!property || !('type' in property)) return value;
	if (LIST in property) return readParts(read, path, property);
	return (FORMS.get(property.type) ?? readText)(read, path, property);
}

/** Words for people go as they are; a currency is one by any name. */
function readText(read: FieldSource, path: string, property: Property): unknown {
	if (!isDescribing(property))
		return read.optionalText(path) !== undefined && property.name === 'currency'
			? read.currency(path)
			: read.optionalText(path);
	const value = read.value(path);
	if (!isListOrObject(value)) return value;
	throw read.buildError(path, 'is an object', 'Enter one value, e.g. {{ $json.id }}.');
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

/** Fields of which each may be left out. */
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

/** One group, or as many rows as were added. */
function readRows(read: FieldSource, path: string, { options = [], typeOptions }: INodeProperties): unknown {
	const [group] = options;
	if (!group || !('values' in group)) return undefined;
	const within = `${path}.${group.name}`;
	if (!typeOptions?.multipleValues) return readGroup(read, within, group.values);
	const rows = read.rows(within).flatMap((row) => readGroup(read, row, group.values) ?? []);
	return rows.length > 0 ? rows : undefined;
}

/** @throws ItemError for what is no number, or none within the limits that the editor shows */
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
