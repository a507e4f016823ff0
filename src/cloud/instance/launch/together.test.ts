import { launchesAtOnce } from '../../../../test/support/launches.ts';
import { openSqlite } from '../../../store/sqlite/open.ts';

launchesAtOnce(() => openSqlite({ file: ':memory:' }));
