FROM alpine:3
RUN <<EOF
set -e
echo one
EOF
COPY <<a.txt <<"b.txt" /dir/
hello $PATH
a.txt
hello $PATH
b.txt
RUN <<EOF python3
print("hi")
EOF
