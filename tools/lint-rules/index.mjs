import commitOnlyInTheKit from './commit-only-in-the-kit.mjs';
import envOnlyInConfig from './env-only-in-config.mjs';
import timeFromTheClock from './time-from-the-clock.mjs';

export default {
  rules: {
    'commit-only-in-the-kit': commitOnlyInTheKit,
    'env-only-in-config': envOnlyInConfig,
    'time-from-the-clock': timeFromTheClock,
  },
};
