import { changedObjectsOf } from '../../stripe/api/apiPath';
import { decodeIdPart } from '../../stripe/objects/ids';
import { ParameterReader } from '../shared/parameters/parameterReader';
import { isWrite } from './oncePer';
import { STRIPE_RESOURCES } from './operations';
import { customApiCallResource } from './operations/customApiCall';
import type { WriteOperation } from './operations/operation';
import { methodOf } from './operations/operation';

interface NamedOperation {
	/** The resource and operation: `refund.create`. */
	name: string;
	operation: WriteOperation;
}

/** Operations with a path that a custom call can use too. Where the state of an object decides, it has that of another one. */
const TYPED: readonly NamedOperation[] = STRIPE_RESOURCES.filter(
	(resource) => resource !== customApiCallResource,
).flatMap(({ value, operations }) =>
	operations
		.filter(isWrite)
		.filter(({ sentPath }) => sentPath === undefined)
		.map((operation) => ({ name: `${value}.${operation.value}`, operation })),
);

/** Of several operations with one path, the general one. The others fix some of its parameters. */
const PLAIN: ReadonlySet<string> = new Set(['create', 'update']);

/**
 * Returns the operation and object for the key. A custom call has those of the operation with the same path, so that one decision
 * is one entry, however it is requested.
 */
export function identifyOperation(
	{ name, operation }: NamedOperation,
	path: string,
	read: ParameterReader,
): string {
	const isCustom = name.startsWith(`${customApiCallResource.value}.`);
	const typed = isCustom ? findTyped(methodOf(operation, read), path, read) : undefined;
	return typed ? withTarget(typed, new PathReader(read, path)) : withTarget({ name, operation }, read);
}

function withTarget({ name, operation: { target } }: NamedOperation, read: ParameterReader): string {
	return target ? `${name} ${target(read)}` : name;
}

function findTyped(method: string, path: string, read: ParameterReader): NamedOperation | undefined {
	const readers = [0, 1].map((choice) => new PathReader(read, path, choice));
	const found = TYPED.filter(({ operation }) =>
		readers.some((at) => methodOf(operation, at) === method && pathsOf(operation, at).some(isSame(path))),
	);
	return found.find(({ operation }) => PLAIN.has(operation.value)) ?? found[0];
}

function pathsOf({ path, olderPaths }: WriteOperation, at: ParameterReader): string[] {
	return [path(at), ...(olderPaths?.(at) ?? [])];
}

/** Stripe does not document whether paths are case-sensitive. Treating them alike is safe. */
function isSame(path: string): (other: string) => boolean {
	return (other) => other.toLowerCase() === path.toLowerCase();
}

/** Reads the object in a path, whichever parameter an operation takes it from. */
class PathReader extends ParameterReader {
	private readonly part: string;

	/** @param taken the choice that selects the target, for an operation with several */
	constructor(
		{ input }: ParameterReader,
		path: string,
		private readonly taken = 0,
	) {
		super(input);
		[this.part = ''] = changedObjectsOf({ path, params: {} });
	}

	override id(): string {
		return decodeIdPart(this.part) ?? this.part;
	}

	override pathId(): string {
		return this.part;
	}

	override choice<T extends string>(parameter: string, values: readonly T[]): T {
		return values[this.taken] ?? super.choice(parameter, values);
	}
}
