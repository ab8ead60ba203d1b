from hypothesis import settings, Phase
from tests.checkpoint.test_restarts import Restarts, settling_takes_no_time
class D(Restarts): pass
TestD = D.TestCase
TestD.settings = settings(max_examples=100, stateful_step_count=50, deadline=None, phases=[Phase.generate])
