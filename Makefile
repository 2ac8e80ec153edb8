# Thin: what is more than a line is a script.
#
#   make demo     the main job: build the project at the root, run its image
#   make test     everything, as CI does

.PHONY: help demo test engine frontend clean

help:
	@sed -n 's/^#   //p' $(firstword $(MAKEFILE_LIST))

#   make engine   bring up the test engine (tests/engine/README.md)
engine:
	tests/engine/up

#   make frontend build the image `lamina` on the test engine
frontend: engine
	tests/engine/frontend

demo:
	@.ci/demo

test:
	@.ci/test

#   make clean    stop the test engine, remove what was built (not the images)
clean:
	tests/engine/down
	rm -rf target dist
