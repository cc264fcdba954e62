import { isDeepStrictEqual } from 'node:util';

import type { INodeProperties } from 'n8n-workflow';

import type { Param, Params } from '../../ledger/model/request';
import { toCanonicalParams } from '../../ledger/model/request';
import type { ParameterReader } from '../shared/parameters/parameterReader';
import { OTHER_PARAMETERS } from '../shared/parameters/parameterReader';
import { ItemError } from '../shared/run/error';
import type { StripeOperation } from './operations/operation';
import { findEditorField } from './parameterFaults';

/**
 * Refuses a parameter that Other Parameters and its own field both set. It is not clear which one is meant, and JSON, least of
 * all from a model, must not replace what a person entered in a field.
 *
 * @throws ItemError
 */
export function refuseParamsSetTwice(operation: StripeOperation, read: ParameterReader): void {
	if (!operation.properties.some(({ name }) => name === 'additionalFields')) return;
	const names = Object.keys(read.json(OTHER_PARAMETERS));
	if (names.length === 0) return;
	const sent = toCanonicalParams({ ...operation.params?.(read) });
	for (const name of names) {
		const field = findEditorField(operation, name);
		const without = readWithout(name, operation, read);
		const own = without?.[name] ?? readSwitchedOff(field, read);
		if (own !== undefined && !isKept(own, sent[name]))
			throw buildError(read, name, `${field?.displayName ?? 'a field of its own'} says something else`);
		const dropped = Object.keys(without ?? {}).find((one) => one !== name && !(one in sent));
		if (dropped === undefined) continue;
		const label = findEditorField(operation, dropped)?.displayName ?? 'a field of its own';
		throw buildError(read, name, `with it ${label} would not be sent`);
	}
}

function buildError(read: ParameterReader, name: string, problem: string): ItemError {
	return read.buildError(OTHER_PARAMETERS, `has "${name}", and ${problem}`, 'Leave one of the two out.');
}

/** Returns what would be sent without the parameter in Other Parameters; undefined if something is missing then. */
function readWithout(name: string, operation: StripeOperation, read: ParameterReader): Params | undefined {
	try {
		return toCanonicalParams({ ...operation.params?.(read.leaveOut(name)) });
	} catch (error) {
		refuseUnexpected(error);
		return undefined;
	}
}

/** Without the parameter, something required may be missing. Any other error is a bug. */
function refuseUnexpected(error: unknown): void {
	if (!(error instanceof ItemError)) throw error;
}

/** A switch that is off is not sent, but counts as a choice. */
function readSwitchedOff(field: INodeProperties | undefined, read: ParameterReader): Param | undefined {
	return field?.type === 'boolean' && read.value(field.name) === false ? 'false' : undefined;
}

/** Returns whether the field's value is sent, possibly within an object that has more fields. */
function isKept(own: Param, sent: Param | undefined): boolean {
	if (sent === undefined || !isObject(own) || !isObject(sent)) return isDeepStrictEqual(own, sent);
	return Object.entries(own).every(([name, value]) => isKept(value, sent[name]));
}

function isObject(param: Param): param is Params {
	return typeof param === 'object' && !Array.isArray(param);
}
